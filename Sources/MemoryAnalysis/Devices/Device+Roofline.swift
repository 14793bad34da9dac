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
  /// The peak rates of computing in some types, single precision without tensor cores, and of the memory;
  /// `nil` if they are not known.
  public func roofline(_ precision: Precision) -> Roofline? {
    speed.map {
      Roofline(operations: precision == .fp32 ? $0.single : $0.half, bytes: $0.bandwidth)
    }
  }
}
