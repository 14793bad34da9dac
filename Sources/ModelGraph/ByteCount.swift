/// A number of bytes.
///
/// Sums and products saturate at ``maximum`` instead of trapping, because the factors may come from
/// a file that lies.
public struct ByteCount: Hashable, Sendable {
  public let value: Int

  /// The largest amount that can be told apart, 2⁶² bytes.
  public static let maximum = ByteCount(1 << 62)
  public static let zero = ByteCount(0)

  public init(_ value: Int) {
    self.value = Swift.max(-(1 << 62), Swift.min(value, 1 << 62))
  }
}

extension ByteCount: Comparable {
  public static func < (a: ByteCount, b: ByteCount) -> Bool { a.value < b.value }
}

extension ByteCount: AdditiveArithmetic {
  public static func + (a: ByteCount, b: ByteCount) -> ByteCount {
    let (sum, overflow) = a.value.addingReportingOverflow(b.value)
    return overflow ? maximum : ByteCount(sum)
  }

  public static func - (a: ByteCount, b: ByteCount) -> ByteCount { ByteCount(a.value - b.value) }

  public static func * (a: ByteCount, factor: Int) -> ByteCount {
    let (product, overflow) = a.value.multipliedReportingOverflow(by: factor)
    return overflow ? maximum : ByteCount(product)
  }
}

extension ByteCount: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self.init(value) }
}

extension ByteCount: CustomStringConvertible {
  public var description: String { "\(value) bytes" }
}

extension Sequence<ByteCount> {
  /// The sum of all.
  public func total() -> ByteCount { reduce(.zero, +) }
}
