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
  /// The peak rates in single precision without tensor cores and of the memory.
  ///
  /// Extra time is told as a share, in which only their ratio counts.
  public var roofline: Roofline? {
    speed.map { Roofline(operations: $0.single, bytes: $0.bandwidth) }
  }
}
