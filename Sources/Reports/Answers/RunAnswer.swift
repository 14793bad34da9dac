public import MemoryAnalysis
public import ModelGraph

/// What a model takes to run, and whether a device has it.
public struct RunAnswer: Hashable, Sendable {
  public var footprint: RunFootprint

  /// The weights and what the runtime holds at its peak.
  public var requiredBytes: ByteCount
  public var device: DeviceVerdict?

  public init(footprint: RunFootprint, requiredBytes: ByteCount, device: DeviceVerdict? = nil) {
    self.footprint = footprint
    self.requiredBytes = requiredBytes
    self.device = device
  }
}

/// Whether a device has the memory that a run needs.
public struct DeviceVerdict: Hashable, Sendable {
  public var device: Device
  public var fits: Bool

  /// What is left; negative if it does not fit.
  public var headroom: ByteCount

  public init(device: Device, fits: Bool, headroom: ByteCount) {
    self.device = device
    self.fits = fits
    self.headroom = headroom
  }
}
