/// Which blocks of a file that lies elsewhere are here.
struct FetchedBlocks: Sendable {
  private var here: Set<Int> = []
  private let byteCount: Int

  /// The end of what was fetched last, and how much to fetch if reading goes on from there.
  private var lastEnd = 0
  private var stride = Self.blockByteCount

  static let blockByteCount = 64 << 10
  private static let maximumStride = 4 << 20

  init(byteCount: Int) { self.byteCount = byteCount }

  /// Notes bytes that are here; a block counts when all of it is.
  mutating func insert(_ range: Range<Int>) {
    let first = range.lowerBound.dividedRoundingUp(by: Self.blockByteCount)
    let isEnd = range.upperBound >= byteCount
    let end =
      isEnd
      ? range.upperBound.dividedRoundingUp(by: Self.blockByteCount)
      : range.upperBound / Self.blockByteCount
    for block in first..<max(first, end) { here.insert(block) }
  }

  /// The next run of bytes to fetch so that a range is here; `nil` if it is.
  ///
  /// Reading that goes on and on fetches more and more at once.
  mutating func missing(in range: Range<Int>) -> Range<Int>? {
    guard !range.isEmpty else { return nil }
    let last = (range.upperBound - 1) / Self.blockByteCount
    var block = range.lowerBound / Self.blockByteCount
    while block <= last, here.contains(block) { block += 1 }
    guard block <= last else { return nil }
    let start = block * Self.blockByteCount
    stride = start == lastEnd ? min(stride * 2, Self.maximumStride) : Self.blockByteCount
    let wanted = max(start + stride, (last + 1) * Self.blockByteCount)
    var end = block
    while end * Self.blockByteCount < wanted, !here.contains(end) { end += 1 }
    lastEnd = min(byteCount, end * Self.blockByteCount)
    return start..<lastEnd
  }
}

extension Int {
  fileprivate func dividedRoundingUp(by divisor: Int) -> Int {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder > 0 ? quotient + 1 : quotient
  }
}
