public import ModelGraph

/// Inference with ONNX Runtime's sequential executor, which plans buffers ahead.
///
/// An output takes over the buffer of an input that dies at its node, if the kernel may work in
/// place and the shapes agree; else the buffer freed last of its shape; else a new one. Graph
/// inputs and outputs are allocations of their own.
/// <https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/framework/allocation_planner.cc>
public struct ONNXRuntimeInference: Executor {
  public init() {}

  public func trace(of graph: Graph) -> Trace {
    let graph = graph.inONNXRuntimeOrder()
    let facts = GraphFacts(graph)
    let reuse = BufferReuse(facts, .onnxRuntime)
    let lifetimes = Lifetimes(facts, reuse.storages)
    let writer = TraceWriter(facts: facts, lifetimes: lifetimes) {
      facts.bodyBytes(of: graph.nodes[$0], self)
    }
    return writer.trace()
  }
}

extension BufferReuse.Options {
  /// What ONNX Runtime's kernels for the processor do: functions of single elements work in place.
  static let onnxRuntime = Self(
    views: .onnxRuntime, isElementwiseOnly: true, takesFreedBuffers: true,
    leavesOutOutputs: true)
}
