import ModelGraph

extension GraphFacts {
  /// The bytes that a control-flow node needs to run one of its bodies once.
  ///
  /// Of two branches the larger counts, of a loop one iteration. The results of the body become
  /// the node's own outputs where it is a branch, and are counted there.
  func bodyBytes(of node: Node, _ executor: any Executor) -> ByteCount {
    node.bodies.filter { graph.bodies.indices.contains($0.index) }
      .map { body in
        let graph = graph.bodies[body.index]
        let peak = Footprint(of: executor.trace(of: graph)).peak
        guard graph.inputs.isEmpty else { return peak }
        let results = Set(graph.outputs).filter { graph[$0].role == .activation }
        return max(.zero, peak - results.map { graph[$0].type.byteCount }.total())
      }
      .max() ?? .zero
  }
}
