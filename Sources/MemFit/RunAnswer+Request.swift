import MemoryAnalysis
import ModelGraph
import Reports

extension RunAnswer {
  /// Works out what running a graph takes, and whether the requested device has it.
  init(
    _ graph: Graph, weights: StoreFootprint, _ cache: CacheFootprint?, _ request: MemFit.Request,
    runtime: Runtime, offlinePlan: [Int]?
  ) {
    let resident = request.weightType.map { weights.residentBytes(in: $0) }
    let footprint = RunFootprint(
      of: graph.computing(in: request.activationType), runtime: runtime,
      weights: resident ?? weights.tensors.bytes, offlinePlan: offlinePlan,
      withLifetimes: request.details.contains(.lifetimes))
    self.init(
      footprint: footprint, requiredBytes: footprint.required,
      device: request.device.map {
        DeviceFit(of: weights, footprint, cache, weightType: request.weightType, on: $0)
      })
  }
}

extension MemFit.Request {
  /// - Throws: ``RequestError/malformed(text:expected:example:)`` for a type that weights are not kept in.
  func checkWeightType() throws(RequestError) {
    guard let weightType, !DataType.storageTypes.contains(weightType) else { return }
    throw .malformed(
      text: weightType.rawValue, expected: "a type of weights", example: "float16, int8 or q4_K")
  }

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
