public import ModelGraph

/// A way to run a graph, told by the trace that it leaves.
public protocol Executor: Sendable {
  /// The allocations and frees of one run.
  func trace(of graph: Graph) -> Trace
}

extension Runtime {
  /// The executor that behaves as the runtime does at inference.
  public var inference: any Executor {
    switch self {
    case .pytorch: EagerInference()
    case .onnxruntime: ONNXRuntimeInference()
    case .litert, .tfliteMicro: LiteInference { LitePlan(of: $0, runtime: self) }
    }
  }

  /// Which outputs are views here.
  var views: ViewRule {
    switch self {
    case .pytorch: .pytorch
    case .onnxruntime, .litert, .tfliteMicro: .onnxRuntime
    }
  }
}
