import MemoryPlanning
import ModelGraph

extension Arena {
  /// Plans one block for the values that the nodes of a graph make.
  ///
  /// Views share the bytes of what they show, and an output takes over the buffer of an input that
  /// dies at its node where the operator allows it. The graph's inputs and outputs are the
  /// caller's and lie outside, as with ONNX Runtime, whose planned block this compares to.
  init(of facts: GraphFacts, views: ViewRule, planner: some Planner = BestOf.standard) {
    let buffers = Self.buffers(of: facts, views: views)
    let placement = planner.place(buffers)
    self.init(
      bytes: ByteCount(placement.arenaByteCount),
      lowerBound: ByteCount(peakByteCount(of: buffers)), planner: placement.planner)
  }

  static func buffers(of facts: GraphFacts, views: ViewRule) -> [Buffer] {
    let reuse = BufferReuse(
      facts,
      .init(
        views: views, isElementwiseOnly: false, takesFreedBuffers: false,
        leavesOutOutputs: true))
    return Self.buffers(of: facts, reuse)
  }

  /// The buffers of a plan, without those of the graph's outputs.
  static func buffers(of facts: GraphFacts, _ reuse: BufferReuse) -> [Buffer] {
    let storages = reuse.storages
    let outputs = Set(facts.graph.outputs.map { storages.root(of: $0) })
    return Lifetimes(facts, storages).storages.compactMap { storage in
      guard !outputs.contains(storage.value) else { return nil }
      let steps = storage.steps.lowerBound..<storage.steps.upperBound + 1
      return Buffer(facts.graph[storage.value].type.byteCount.value, live: steps)
    }
  }

  /// The block that ONNX Runtime itself plans: values placed in time order, in the smallest gap.
  static func patternBlock(of facts: GraphFacts) -> ByteCount {
    let reuse = BufferReuse(facts, .onnxRuntime)
    let planner = Aligned(MemoryPattern(), to: 256)
    return ByteCount(planner.place(buffers(of: facts, reuse)).arenaByteCount)
  }
}
