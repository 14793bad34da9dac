import MemoryAnalysis
import ModelGraph
import Reports

extension RunAnswer {
  /// Works out what running a graph takes, and whether the requested device has it.
  init(_ graph: Graph, weights: StoreFootprint, _ request: MemFit.Request) {
    let footprint = RunFootprint(
      of: graph, runtime: request.runtime, weights: weights.tensors.bytes,
      withLifetimes: request.details.contains(.lifetimes))
    self.init(
      footprint: footprint, requiredBytes: footprint.weights + footprint.peak.bytes,
      device: request.device.map { DeviceFit(of: weights, footprint, on: $0) })
  }
}
