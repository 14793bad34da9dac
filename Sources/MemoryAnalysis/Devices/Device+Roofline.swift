/// How fast a device computes and moves bytes at best: the longer of the two is a node's time.
///
/// Williams et al., Roofline: An Insightful Visual Performance Model, 2009.
public struct Roofline: Hashable, Sendable {
  /// Floating-point operations and bytes per second.
  public var operations: Double
  public var bytes: Double

  public init(operations: Double, bytes: Double) {
    self.operations = operations
    self.bytes = bytes
  }

  /// The seconds that some work and traffic take.
  public func time(operations count: Int, bytes traffic: Int) -> Double {
    max(Double(count) / operations, Double(traffic) / bytes)
  }
}

extension Device {
  /// The peak rates in single precision without tensor cores and of the memory, from the makers' data sheets.
  ///
  /// Extra time is told as a share, in which only their ratio counts.
  public var roofline: Roofline? { Self.rooflines[name] }

  private static let rooflines: [String: Roofline] = [
    "v100-16gb": .rates(15.7, 900), "v100-32gb": .rates(15.7, 900), "t4": .rates(8.1, 320),
    "a10": .rates(31.2, 600), "a10g": .rates(31.2, 600), "a100-40gb": .rates(19.5, 1555),
    "a100-80gb": .rates(19.5, 2039), "l4": .rates(30.3, 300), "l40s": .rates(91.6, 864),
    "h100-80gb": .rates(67, 3350), "h200": .rates(67, 4800), "b200": .rates(75, 8000),
    "rtx-3060-12gb": .rates(12.7, 360), "rtx-3090": .rates(35.6, 936),
    "rtx-4090": .rates(82.6, 1008), "rtx-5090": .rates(104.8, 1792),
  ]
}

extension Roofline {
  /// Teraflops and gigabytes per second.
  fileprivate static func rates(_ teraflops: Double, _ gigabytes: Double) -> Roofline {
    Roofline(operations: teraflops * 1e12, bytes: gigabytes * 1e9)
  }
}
