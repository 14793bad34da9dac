public import ModelGraph

/// A number of elements and the bytes they take.
public struct Tally: Hashable, Sendable {
  public var count: Int
  public var bytes: ByteCount

  public init(count: Int = 0, bytes: ByteCount = .zero) {
    self.count = count
    self.bytes = bytes
  }

  public static let zero = Tally()

  public static func + (a: Tally, b: Tally) -> Tally {
    let (count, overflow) = a.count.addingReportingOverflow(b.count)
    return Tally(count: overflow ? .max : count, bytes: a.bytes + b.bytes)
  }

  public static func += (a: inout Tally, b: Tally) { a = a + b }
}
