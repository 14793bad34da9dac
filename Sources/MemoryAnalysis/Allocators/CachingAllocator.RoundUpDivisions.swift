extension CachingAllocator {
  /// Into how many steps the way from a power of two to the next is divided, by size.
  ///
  /// Sizes below 2 MiB, from 2 MiB, from 4 MiB and so on to 32 GiB each have a number of their own.
  public struct RoundUpDivisions: Hashable, Sendable, ExpressibleByIntegerLiteral {
    private var table: [Int]

    static let intervals = 16
    private static let firstInterval = 20

    public init(_ divisions: Int) {
      table = Array(repeating: divisions, count: Self.intervals)
    }

    public init(integerLiteral divisions: Int) { self.init(divisions) }

    /// Sets the steps from a size in mebibytes on, which is a power of two.
    ///
    /// The first size that is set also counts for all below it.
    @discardableResult
    mutating func set(_ divisions: Int, fromMebibytes size: Int, isFirst: Bool) -> Int {
      let interval = min(size.bitWidth - 1 - size.leadingZeroBitCount, Self.intervals - 1)
      for index in isFirst ? 0...interval : interval...interval { table[index] = divisions }
      return interval
    }

    /// Sets the steps of all sizes beyond an interval.
    mutating func set(_ divisions: Int, beyond interval: Int) {
      for index in table.indices where index > interval { table[index] = divisions }
    }

    /// The steps for a size in bytes, at least 1; none or one round to 512 bytes only.
    public func divisions(forSize bytes: Int) -> Int {
      let power = bytes.bitWidth - 1 - bytes.leadingZeroBitCount
      return table[min(max(0, power - Self.firstInterval), Self.intervals - 1)]
    }
  }
}
