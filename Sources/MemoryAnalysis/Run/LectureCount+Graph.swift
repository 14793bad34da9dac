import ModelGraph
import Operators

extension LectureCount {
  /// Counts the layers of a graph; `nil` if none counts.
  init?(of facts: GraphFacts, _ stored: StoredValues) {
    var total = facts.elementCount(of: facts.graph.inputs)
    var busiest: (elements: Int, step: Int)?
    for (step, node) in facts.graph.nodes.enumerated()
    where Self.isCounted(node, facts.definitions[step], facts, stored) {
      let output = facts.elementCount(of: node.outputs)
      let input = facts.elementCount(of: node.inputs.filter { !stored.contains($0) })
      let both = [input, output].saturatingTotal()
      total = [total, output].saturatingTotal()
      if both > busiest?.elements ?? -1 { busiest = (both, step) }
    }
    guard let busiest else { return nil }
    self.init(
      activations: total, peak: busiest.elements,
      node: facts.displayName(facts.graph.nodes[busiest.step]))
  }

  /// Whether a node is a convolution, a pooling or a linear layer with a weight.
  private static func isCounted(
    _ node: Node, _ definition: OperatorDefinition?, _ facts: GraphFacts, _ stored: StoredValues
  ) -> Bool {
    guard let definition else { return false }
    if node.operatorName.name.hasSuffix("Pool") { return true }
    switch definition.layer(facts.call(node)) {
    case .convolution, .groupedConvolution, .depthwiseConvolution, .transposedConvolution:
      return true
    case .linear: return node.inputs.contains { stored.contains($0) }
    default: return false
    }
  }
}

extension GraphFacts {
  /// The elements of all given values.
  func elementCount(of ids: [ValueID?]) -> Int {
    ids.compactMap(\.self).map { graph[$0].type.elementCount }.saturatingTotal()
  }
}
