public import ModelGraph

extension SymbolicGraph: GraphSource {
  public func bind(_ bindings: Bindings) throws(BindingError) -> BoundGraph {
    try bind(bindings, operators: .standard)
  }

  public func declaredType(ofInput name: String) -> DeclaredType? {
    inputs.lazy.map { values[$0.index] }.first { $0.name == name }?.declared
  }

  /// Makes the graph for chosen sizes, with the rules of the given operators.
  public func bind(
    _ bindings: Bindings, operators: OperatorCatalog
  ) throws(BindingError) -> BoundGraph {
    let inputs = try InputBinding(of: self, bindings)
    let session = InferenceSession(
      operators: operators, sizes: inputs.sizes, isResized: !inputs.changes.isEmpty)
    for diagnostic in inputs.diagnostics { session.report(diagnostic) }

    var inference = GraphInference(self, session: session)
    if !inputs.changes.isEmpty { inference.baseline = baseline(inputs, operators) }
    inference.setInputs(inputs.inputs)
    inference.run()
    return BoundGraph(
      graph: inference.graph, sizes: session.sizes, diagnostics: session.diagnostics)
  }

  /// The graph with the sizes that the file fixed.
  private func baseline(_ inputs: InputBinding, _ operators: OperatorCatalog) -> Baseline {
    let session = InferenceSession(operators: operators, sizes: inputs.sizes)
    var inference = GraphInference(self, session: session)
    inference.setInputs(inputs.original)
    inference.run()
    return Baseline(inference, changes: inputs.changes)
  }
}
