public import ModelGraph

extension SymbolicGraph: GraphSource {
  public func bind(_ bindings: Bindings) throws(BindingError) -> BoundGraph {
    try bind(bindings, operators: .standard)
  }

  /// Makes the graph for chosen sizes, with the rules of the given operators.
  public func bind(
    _ bindings: Bindings, operators: OperatorCatalog
  ) throws(BindingError) -> BoundGraph {
    let inputs = try InputBinding(of: self, bindings)
    let session = InferenceSession(operators: operators, sizes: inputs.sizes)
    for diagnostic in inputs.diagnostics { session.report(diagnostic) }

    var inference = GraphInference(self, session: session)
    inference.setInputs(inputs.inputs)
    inference.run()
    return BoundGraph(
      graph: inference.graph, sizes: session.sizes, diagnostics: session.diagnostics)
  }
}
