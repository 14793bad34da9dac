public import MemoryPlanning
public import ModelGraph

extension ArenaProblem {
  /// The buffers of a graph's arena in the order of its nodes, by the names of their first values.
  ///
  /// Steps are nodes. The graph's inputs and outputs are the caller's and lie outside.
  public init(
    _ graph: Graph, runtime: Runtime, inPlace rule: InPlaceRule, alignment: Int = 1
  ) {
    let facts = GraphFacts(graph)
    let storages = BufferReuse(facts, rule.reuse(runtime.views)).storages
    let outputs = Set(facts.graph.outputs.map { storages.root(of: $0) })
    self.init(
      Lifetimes(facts, storages).storages.compactMap { storage in
        guard !outputs.contains(storage.value) else { return nil }
        let steps = storage.steps.lowerBound..<storage.steps.upperBound + 1
        return ArenaItem(
          Buffer(facts.graph[storage.value].type.byteCount.value, live: steps),
          name: facts.graph[storage.value].name, alignment: alignment)
      })
  }
}

extension Graph {
  /// The nodes in the order in which a runtime runs them.
  public func inOrder(of runtime: Runtime) -> Graph {
    runtime == .onnxruntime ? inONNXRuntimeOrder() : self
  }
}
