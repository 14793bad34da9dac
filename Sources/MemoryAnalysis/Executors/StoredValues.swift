import ModelGraph

/// The values that the file determines: weights, constants, and what follows from them alone.
struct StoredValues {
  private var isStored: [Bool]

  init(_ facts: GraphFacts) {
    isStored = facts.graph.values.indices.map { facts.isStored(ValueID($0)) }
    for node in facts.graph.nodes where node.bodies.isEmpty {
      let operands = node.inputs.compactMap(\.self)
      guard !operands.isEmpty, operands.allSatisfy({ isStored[$0.index] }) else { continue }
      for case let output? in node.outputs { isStored[output.index] = true }
    }
  }

  /// Whether a value is one; a left-out operand is none.
  func contains(_ id: ValueID?) -> Bool { id.map { isStored[$0.index] } ?? false }
}
