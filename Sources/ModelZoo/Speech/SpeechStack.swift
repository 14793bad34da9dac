import ModelGraph

/// Samples made into frames by convolutions, then blocks of attention over the frames.
struct SpeechStack: Layer {
  let sizes: SpeechSizes
  var parts = Parts()

  /// What families do otherwise than wav2vec 2.0.
  struct Parts: Sendable {
    /// The norm and the map between convolutions and blocks.
    var projection: @Sendable (SpeechSizes) -> any Layer = { SpeechProjection(sizes: $0) }

    /// What tells the places of frames, added to them.
    var positions: @Sendable (SpeechSizes) -> any Layer = { ConvolvedPositions(sizes: $0) }

    /// Attention in place of the plain one, given what the first block made for all.
    var attention: (@Sendable (SpeechSizes, Int, Variable?) -> any Layer)?

    /// What the first block makes for all.
    var shared: (@Sendable (Variable, inout GraphBuilder) -> Variable)?

    /// How many frames become one in the blocks.
    var squeeze = 1
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let waves = graph.view(graph.cast(x, to: graph.floatingType), [x.size(0), 1, x.size(1)])
    let frames = SampleConvolutions(sizes: sizes).named("feature_extractor")(waves, in: &graph)
    let extracted = graph.transpose(frames, 1, 2)
    let projection = parts.projection(sizes)
    let projected = projection(extracted, in: &graph)
    if sizes.hasMask { _ = graph.parameter("masked_spec_embed", [sizes.features]) }
    let hidden = graph.scoped("encoder") { encode(projected, in: &$0) }
    return adapted(hidden, in: &graph)
  }

  // MARK: Blocks

  private func encode(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var hidden = placed(x, in: &graph)
    if !sizes.isNormalizedFirst { hidden = sizes.norm.named("layer_norm")(hidden, in: &graph) }
    hidden = Dropout(sizes.dropout).named("dropout")(hidden, in: &graph)
    var shared: Variable?
    for index in 0..<sizes.depth {
      hidden = graph.scoped("layers.\(index)") { graph in
        if index == 0, let make = parts.shared { shared = make(hidden, &graph) }
        return block(index, shared, hidden, in: &graph)
      }
    }
    if sizes.isNormalizedFirst { hidden = sizes.norm.named("layer_norm")(hidden, in: &graph) }
    return parts.squeeze > 1 ? stretched(hidden, to: x.size(1), in: &graph) : hidden
  }

  func placed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let positions = parts.positions(sizes)
    let places = graph.scoped("pos_conv_embed") { positions(x, in: &$0) }
    guard parts.squeeze > 1 else { return graph.add(x, places) }
    let pooled = graph.call(
      "AveragePool", graph.transpose(x, 1, 2),
      attributes: [
        "kernel_shape": .integers([parts.squeeze]), "strides": .integers([parts.squeeze]),
        "pads": .integers([0, 0]),
      ])
    let count = min(pooled.size(2), places.size(1))
    let frames = graph.narrow(graph.transpose(pooled, 1, 2), axis: 1, from: 0, to: count)
    return graph.add(frames, graph.narrow(places, axis: 1, from: 0, to: count))
  }

  /// As many frames as there were before they were squeezed.
  func stretched(
    _ x: Variable, to count: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let wide = Sequential {
      Linear(sizes.features, sizes.features * parts.squeeze).named("projection")
      NamedActivation(name: sizes.convolutionActivation)
    }.named("upsample")(x, in: &graph)
    let frames = graph.view(wide, [x.size(0), -1, sizes.features])
    let missing = count - frames.size(1)
    guard missing > 0 else { return frames }
    return graph.pad(frames, before: [0, 0, 0], after: [0, missing, 0])
  }

  private func block(
    _ index: Int, _ shared: Variable?, _ x: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let attention: any Layer =
      parts.attention?(sizes, index, shared)
      ?? Attention(
        features: sizes.features, heads: sizes.heads, width: sizes.features / sizes.heads,
        dropout: sizes.attentionDropout)
    let branches = [
      EncoderBlock.Branch(
        body: Scoped(name: "attention", layer: attention), inner: sizes.features,
        projection: "attention.out_proj", norm: "layer_norm"),
      EncoderBlock.Branch(
        body: Sequential {
          Linear(sizes.features, sizes.inner).named("intermediate_dense")
          NamedActivation(name: sizes.activation)
          Dropout(sizes.dropout).named("intermediate_dropout")
        }.named("feed_forward"), inner: sizes.inner, projection: "feed_forward.output_dense",
        norm: "final_layer_norm"),
    ]
    let block = EncoderBlock(
      branches: branches, norm: sizes.norm, isNormalizedFirst: sizes.isNormalizedFirst,
      dropout: sizes.dropout)
    let y = block(x, in: &graph)
    guard let width = sizes.blockAdapter else { return y }
    let adapter = Sequential {
      LayerNorm(sizes.features).named("norm")
      Linear(sizes.features, width).named("linear_1")
      Activation.relu()
      Linear(width, sizes.features).named("linear_2")
    }.named("adapter_layer")
    return graph.add(y, adapter(y, in: &graph))
  }

  /// The frames through the convolutions behind the blocks, if there are any.
  func adapted(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard let adapter = sizes.adapter else { return x }
    return graph.scoped("adapter") { graph in
      var hidden = x
      if adapter.features != sizes.features {
        hidden = Sequential {
          Linear(sizes.features, adapter.features).named("proj")
          LayerNorm(adapter.features).named("proj_layer_norm")
        }(hidden, in: &graph)
      }
      hidden = graph.transpose(hidden, 1, 2)
      for index in 0..<adapter.depth {
        let both = Conv1d(
          adapter.features, 2 * adapter.features, kernel: adapter.kernel, stride: adapter.stride,
          padding: 1
        ).named("layers.\(index).conv")(hidden, in: &graph)
        hidden = gatedLinear(both, axis: 1, in: &graph)
      }
      return graph.transpose(hidden, 1, 2)
    }
  }
}

/// A layer whose type is not known here, under a name.
struct Scoped: Layer {
  let name: String
  let layer: any Layer

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.scoped(name) { layer(x, in: &$0) }
  }
}

/// One half times the sigmoid of the other.
func gatedLinear(_ x: Variable, axis: Int, in graph: inout GraphBuilder) -> Variable {
  let halves = graph.chunk(x, into: 2, axis: axis)
  return graph.multiply(halves[0], graph.apply("Sigmoid", halves[1]))
}
