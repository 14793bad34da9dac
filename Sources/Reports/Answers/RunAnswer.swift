public import MemoryAnalysis
public import ModelGraph

/// What a model takes to run, and whether a device has it.
public struct RunAnswer: Hashable, Sendable {
  public var footprint: RunFootprint

  /// The weights and the activations at their peak.
  public var requiredBytes: ByteCount

  /// Whether the device that was asked for has what it needs.
  public var device: DeviceFit?

  public init(footprint: RunFootprint, requiredBytes: ByteCount, device: DeviceFit? = nil) {
    self.footprint = footprint
    self.requiredBytes = requiredBytes
    self.device = device
  }
}
