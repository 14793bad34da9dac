public import MemoryAnalysis

/// The devices that verdicts can be asked for.
public struct DeviceList: Hashable, Sendable {
  public var version: String
  public var devices: [Device]

  public init(version: String, devices: [Device]) {
    self.version = version
    self.devices = devices
  }
}
