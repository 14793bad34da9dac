import ModelGraph
import Operators

extension WorkTally {
  /// Adds up the work of all nodes; of the bodies of control flow, each once.
  init(of facts: GraphFacts) {
    let work = Self.work(of: facts)
    self.init(multiplyAccumulates: work.multiplyAccumulates, elementwise: work.elementwise)
  }

  private static func work(of facts: GraphFacts) -> Work {
    let own = zip(facts.graph.nodes, facts.definitions).map { node, definition -> Work in
      guard let definition else { return .zero }
      let outputs = node.outputs.map { $0.map { facts.graph[$0].type } ?? .unknown }
      return definition.work(facts.call(node), outputs: outputs)
    }
    let bodies = facts.graph.bodies.map { work(of: GraphFacts($0)) }
    return (own + bodies).reduce(.zero, +)
  }
}
