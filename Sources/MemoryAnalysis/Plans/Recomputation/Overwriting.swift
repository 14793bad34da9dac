import ModelGraph

/// The nodes that work in place, of which PyTorch cannot compute all again.
struct Overwriting {
  private let facts: GraphFacts

  /// What shares the bytes of what; a dropout makes values of its own in training.
  let storages: Storages

  /// The nodes that work in place.
  private let steps: [Int]

  init(_ facts: GraphFacts) {
    self.facts = facts
    storages = Storages(
      facts, views: ViewRule(hasStrides: true, worksInPlace: true, skipsTrainingOperators: false))
    steps = facts.graph.nodes.indices.filter { facts.graph.nodes[$0].attributes.flag("inplace") }
  }

  /// Whether nodes in a row can run twice: nothing that comes into them is overwritten, by them or later.
  func allows(_ nodes: Range<Int>) -> Bool {
    let sources = Set(
      facts.graph.nodes[nodes].flatMap { facts.uses(of: $0) }
        .filter { facts.isActivation($0) && !isMade($0, in: nodes) }.map { storages.root(of: $0) })
    return !steps.contains { step in
      guard step >= nodes.lowerBound, let operand = operand(of: step) else { return false }
      return sources.contains(storages.root(of: operand)) && !isMade(operand, in: nodes)
        || nodes.contains(step) && facts.isActivation(operand)
          && !isMade(storages.root(of: operand), in: nodes)
    }
  }

  /// Whether a node's result is overwritten.
  func overwrites(resultOf step: Int) -> Bool {
    steps.contains { operand(of: $0).map { facts.producers[$0.index] == Int32(step) } ?? false }
  }

  private func operand(of step: Int) -> ValueID? {
    facts.graph.nodes[step].inputs.first ?? nil
  }

  private func isMade(_ id: ValueID, in nodes: Range<Int>) -> Bool {
    nodes.contains(Int(facts.producers[id.index]))
  }
}
