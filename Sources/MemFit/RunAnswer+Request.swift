import MemoryAnalysis
import ModelGraph
import Reports

extension RunAnswer {
  /// Works out what running a graph takes, and whether the requested device has it.
  init(
    _ graph: Graph, weights: StoreFootprint, _ request: MemFit.Request, runtime: Runtime,
    offlinePlan: [Int]?
  ) {
    let footprint = RunFootprint(
      of: graph, runtime: runtime, weights: weights.tensors.bytes, offlinePlan: offlinePlan,
      withLifetimes: request.details.contains(.lifetimes))
    self.init(
      footprint: footprint, requiredBytes: footprint.required,
      device: request.device.map { DeviceFit(of: weights, footprint, on: $0) })
  }
}

extension MemFit.Request {
  /// The runtime to model: the one asked for, or the one that the format is made for.
  ///
  /// On a microcontroller, TensorFlow Lite's files run with TensorFlow Lite Micro.
  ///
  /// - Throws: ``RequestError/runtimeMismatch(runtime:format:)`` if it does not run the format.
  func runtime(for model: Model) throws(RequestError) -> Runtime {
    let isTFLite = model.format == "TFLite"
    guard let runtime else {
      guard isTFLite else { return .pytorch }
      return device?.kind == .microcontroller ? .tfliteMicro : .litert
    }
    guard isTFLite || !runtime.plansArena else {
      throw .runtimeMismatch(runtime: runtime.rawValue, format: model.format)
    }
    return runtime
  }
}
