import ModelGraph

/// An encoder of speech with what a task puts on top.
struct SpeechModel: Layer {
  let base: String
  let sizes: SpeechSizes
  let stack: any Layer

  /// What pre-training adds; families differ in it.
  var preTraining: @Sendable (Variable, SpeechSizes, inout GraphBuilder) -> Variable =
    Self.contrast

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard sizes.task != .none else { return stack(x, in: &graph) }
    let hidden = graph.scoped(base) { stack(x, in: &$0) }
    if sizes.hasLayerWeights, sizes.task != .characters, sizes.task != .preTraining {
      _ = graph.parameter("layer_weights", [sizes.depth + 1])
    }
    switch sizes.task {
    case .none: return hidden
    case .characters:
      return Sequential {
        Dropout(sizes.dropout).named("dropout")
        Linear(sizes.outputs, sizes.vocabulary).named("lm_head")
      }(hidden, in: &graph)
    case .preTraining: return preTraining(hidden, sizes, &graph)
    case .sequenceClassification: return classes(hidden, in: &graph)
    case .frameClassification:
      return Linear(sizes.features, sizes.labels).named("classifier")(hidden, in: &graph)
    case .speakers: return speakers(hidden, in: &graph)
    }
  }

  private func classes(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let projected = Linear(sizes.features, sizes.projected).named("projector")(x, in: &graph)
    let mean = graph.apply(
      "ReduceMean", projected, attributes: ["axes": .integers([1]), "keepdims": .integer(0)])
    return Linear(sizes.projected, sizes.labels).named("classifier")(mean, in: &graph)
  }

  // MARK: Speakers

  private func speakers(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let delays = sizes.timeDelays
    let projected = Linear(sizes.features, delays.channels[0]).named("projector")(x, in: &graph)
    var hidden = graph.transpose(projected, 1, 2)
    for index in delays.channels.indices {
      hidden = graph.scoped("tdnn.\(index)") { delay(hidden, index, in: &$0) }
    }
    let statistics = statistics(hidden, in: &graph)
    let last = delays.channels[delays.channels.count - 1]
    let vector = Linear(2 * last, delays.outputs).named("feature_extractor")(statistics, in: &graph)
    graph.scoped("objective") { graph in
      _ = graph.parameter("weight", [delays.outputs, sizes.labels])
    }
    return Linear(delays.outputs, delays.outputs).named("classifier")(vector, in: &graph)
  }

  private func delay(
    _ x: Variable, _ index: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let delays = sizes.timeDelays
    let inputs = delays.channels[max(0, index - 1)]
    let (outputs, kernel) = (delays.channels[index], delays.kernels[index])
    let convolved = graph.scoped("kernel") { graph in
      let rows = graph.parameter("weight", [outputs, inputs * kernel])
      let weight = graph.transpose(graph.view(rows, [outputs, kernel, inputs]), 1, 2)
      return Conv1d(inputs, outputs, kernel: kernel, dilation: delays.dilations[index])
        .convolve(x, weight, graph.parameter("bias", [outputs]), in: &graph)
    }
    return Activation.relu()(convolved, in: &graph)
  }

  /// The mean and the deviation over time.
  private func statistics(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let attributes: Attributes = ["axes": .integers([2]), "keepdims": .integer(0)]
    let mean = graph.apply("ReduceMean", x, attributes: attributes)
    let square = graph.apply("PowerOfNumber", x, attributes: ["exponent": .float(2)])
    let deviation = graph.apply("Sqrt", graph.apply("ReduceMean", square, attributes: attributes))
    return graph.concatenate([mean, deviation], axis: 1)
  }
}

// MARK: - Pre-training

extension SpeechModel {
  /// Frames told apart from others by vectors that are learned.
  @Sendable static func contrast(
    _ x: Variable, _ sizes: SpeechSizes, in graph: inout GraphBuilder
  ) -> Variable {
    declareCodes(sizes, inputs: sizes.extracted, in: &graph)
    declare("project_q", sizes.codes.features, sizes.codes.projected, in: &graph)
    return Linear(sizes.features, sizes.codes.projected).named("project_hid")(x, in: &graph)
  }

  /// The vectors among which each frame chooses.
  static func declareCodes(
    _ sizes: SpeechSizes, inputs: Int, in graph: inout GraphBuilder
  ) {
    let codes = sizes.codes
    graph.scoped("quantizer") { graph in
      _ = graph.parameter(
        "codevectors", [1, codes.groups * codes.count, codes.features / codes.groups])
      declare("weight_proj", inputs, codes.groups * codes.count, in: &graph)
    }
  }

  /// A map that is there, and runs only in pre-training.
  static func declare(
    _ name: String, _ inputs: Int, _ outputs: Int, in graph: inout GraphBuilder
  ) {
    graph.scoped(name) { graph in
      _ = graph.parameter("weight", [outputs, inputs])
      _ = graph.parameter("bias", [outputs])
    }
  }
}
