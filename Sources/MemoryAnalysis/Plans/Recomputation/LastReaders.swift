import ModelGraph

/// The last node that reads each value; after all nodes for what the caller reads.
struct LastReaders {
  private let facts: GraphFacts
  private(set) var steps: [Int]

  init(_ facts: GraphFacts) {
    self.facts = facts
    steps = Array(repeating: -1, count: facts.graph.values.count)
    for (step, node) in facts.graph.nodes.enumerated() {
      for id in facts.uses(of: node) { steps[id.index] = step }
    }
    for id in facts.graph.outputs { steps[id.index] = facts.graph.nodes.count }
  }

  /// The values that nodes in a row make and nodes from a position on, or the caller, read.
  func results(of nodes: Range<Int>, readFrom position: Int) -> [ValueID] {
    facts.graph.nodes[nodes].flatMap { $0.outputs.compactMap(\.self) }
      .filter { steps[$0.index] >= position }
  }

  /// Whether a node is the last to read something that another made.
  func ends(anyOperandOf step: Int) -> Bool {
    facts.uses(of: facts.graph.nodes[step])
      .contains { facts.isActivation($0) && steps[$0.index] == step }
  }
}
