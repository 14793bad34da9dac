import ModelGraph

/// Layers with what goes into them: a source of graphs for any batch, image or sequence.
struct Network: GraphSource {
  let input: Architecture.Input
  let layers: any Layer

  /// The type of parameters and of the activations that follow from them.
  var floatingType = DataType.float32

  /// What the constructor does otherwise than layer by layer.
  var construction = ConstructionRules()

  /// What the layers come out as for the architecture's own sizes, where that is known already.
  var built: Graph?

  /// Builds the graph for chosen sizes; sizes left open are the architecture's own.
  func bind(_ bindings: Bindings) throws(BindingError) -> BoundGraph {
    let sizes = try sizes(bindings)
    try checkInputs(bindings.inputs, sizes)
    let batch = sizes["batch"] ?? Architecture.defaultBatch
    let input = input.resized(sizes)
    for (name, type) in input.types(batch: batch) where !type.shape.isPlausible {
      throw .tooLarge(input: name, type: type)
    }
    let graph = try graph(batch: batch, input)
    return BoundGraph(graph: graph, sizes: sizes, diagnostics: graph.opaqueDiagnostics)
  }

  private func graph(batch: Int, _ input: Architecture.Input) throws(BindingError) -> Graph {
    if let built, input == self.input, batch == Architecture.defaultBatch { return built }
    let builder = build(batch: batch, input)
    if let failure = builder.failure { throw failure }
    return graph(builder)
  }

  /// The graph of a builder, with the way in which its tensors are made.
  func graph(_ builder: GraphBuilder) -> Graph {
    var graph = builder.graph
    let (rules, tensors) = (construction, builder.tensors)
    graph.construction = Construction { rules.order(of: tensors) }
    return graph
  }

  /// Builds the graph; the builder says if the layers do not fit the sizes.
  func build(batch: Int, _ input: Architecture.Input) -> GraphBuilder {
    var graph = GraphBuilder(floatingType: floatingType)
    let inputs = input.types(batch: batch).map { graph.input($0.name, $0.type) }
    if let first = inputs.first { graph.output(layers(first, in: &graph)) }
    return graph
  }
}

extension Graph {
  /// Names the kinds of parts whose kernels are not written out, once each.
  fileprivate var opaqueDiagnostics: [Diagnostic] {
    var counts: [String: Int] = [:]
    for node in nodes where node.operatorName.domain == GraphBuilder.opaqueDomain {
      counts[node.operatorName.name, default: 0] += 1
    }
    return counts.sorted { $0.key < $1.key }.map { name, count in
      Diagnostic(
        .warning, "opaqueOperator",
        "\(name) (\(count) nodes) stands for kernels that are not written out: what they take on "
          + "the way is not counted, and training keeps all that they read", at: name)
    }
  }
}
