import ModelGraph
import Operators

extension WorkTally {
  /// Adds up the work of all nodes; of the bodies of control flow, each once.
  init(of facts: GraphFacts) {
    let work = Self.work(of: facts)
    self.init(multiplyAccumulates: work.multiplyAccumulates, elementwise: work.elementwise)
  }

  private static func work(of facts: GraphFacts) -> Work {
    let own = facts.graph.nodes.indices.map { facts.work(of: $0) }
    let bodies = facts.graph.bodies.map { work(of: GraphFacts($0)) }
    return (own + bodies).reduce(.zero, +)
  }
}
