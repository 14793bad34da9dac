import ModelGraph

extension GraphInference {
  func report(_ error: ShapeError, at node: Node) {
    let isDeclared = node.outputs.allSatisfy { output in
      output.map { declaredType($0) != nil } ?? true
    }
    if case .unknownInput = error { return }
    guard error.isLackOfKnowledge else {
      let message = "\(node.operatorName): \(error)"
      return session.report(Diagnostic(.warning, "shapeContradiction", message, at: node.label))
    }
    guard !isDeclared else { return }
    let message = "\(node.operatorName): \(error)"
    session.report(Diagnostic(.note, "unknownSize", message, at: node.label))
  }

  /// Reports an output whose type the rule left open although those of the operands are known.
  func reportUnknown(_ output: ValueID, at node: Node) {
    let isFirst = node.inputs.allSatisfy { input in
      input.map { types[$0.index] != .unknown } ?? true
    }
    guard isFirst else { return }
    let name = source.values[output.index].name
    let message = "\(node.operatorName): the size of \(name) is known only when the model runs"
    session.report(Diagnostic(.note, "unknownSize", message, at: node.label))
  }

  func reportDifference(
    of output: ValueID, declared dataType: DataType, _ dimensions: AxisSizes<Dimension>,
    found: TensorType
  ) {
    let sizes = dimensions.map(\.description).joined(separator: ", ")
    session.report(
      Diagnostic(
        .warning, "declaredTypeDiffers",
        "the file declares \(dataType.rawValue)[\(sizes)], its operators give \(found)",
        at: source.values[output.index].name))
  }
}
