/// The least costs of `P(s, t, M)` for all `s ≤ t` and levels `M`; they fall from level to level.
///
/// Beside the table lies the lowest cost of each block of levels. Most splits lower a row at few levels or
/// none, and these tell so without a look into the table, which is larger than the caches.
struct FrontierCosts {
  /// A row of the table as one with more bytes to hold sees it: so many levels lower.
  struct Row {
    fileprivate var index: Int
    fileprivate var shift = 0
  }

  let levels: Int
  private let count: Int
  private let blockCount: Int
  private var costs: [Float]
  private var lowestCosts: [Float]

  private static let blockLength = 64

  init(count: Int, levels: Int) {
    self.levels = levels
    self.count = count
    blockCount = levels / Self.blockLength + 1
    let rows = count * (count + 1) / 2
    costs = Array(repeating: .infinity, count: rows * (levels + 1))
    lowestCosts = Array(repeating: .infinity, count: rows * blockCount)
  }

  func row(_ first: Int, _ last: Int, shift: Int = 0) -> Row {
    Row(index: first * count - first * (first - 1) / 2 + last - first, shift: shift)
  }

  subscript(row: Row, level: Int) -> Float { costs[start(row) + level] }

  private func start(_ row: Row) -> Int { row.index * (levels + 1) - row.shift }

  mutating func fill(_ row: Row, from level: Int, _ cost: Float) {
    guard level <= levels else { return }
    for level in level...levels { costs[start(row) + level] = cost }
  }

  /// The first of some levels at which the cost is not above another.
  func firstLevel(_ row: Row, _ range: Range<Int>, reaching cost: Float) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = low + (high - low) / 2
      if self[row, middle] <= cost { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Lowers the costs of a row to a cost and those of one or two others, where that is lower.
  mutating func lower(_ row: Row, _ range: Range<Int>, to cost: Float, _ rest: Row?, _ before: Row?)
  {
    var start = range.lowerBound
    while start < range.upperBound {
      let end = min(
        start / Self.blockLength * Self.blockLength + Self.blockLength, range.upperBound)
      let lowest = cost + lowestCost(rest, upTo: end) + lowestCost(before, upTo: end)
      if lowest < self[row, start] { lower(row, to: cost, rest, before, block: start..<end) }
      start = end
    }
  }

  /// What no cost of a row is below, up to a level.
  private func lowestCost(_ row: Row?, upTo end: Int) -> Float {
    guard let row else { return 0 }
    return lowestCosts[row.index * blockCount + (end - 1 - row.shift) / Self.blockLength]
  }

  private mutating func lower(
    _ row: Row, to cost: Float, _ rest: Row?, _ before: Row?, block: Range<Int>
  ) {
    let target = start(row)
    let (rest, before) = (rest.map(start), before.map(start))
    costs.withUnsafeMutableBufferPointer { costs in
      switch (rest, before) {
      case (let rest?, let before?):
        for level in block {
          let sum = cost + costs[rest &+ level] + costs[before &+ level]
          costs[target &+ level] = min(costs[target &+ level], sum)
        }
      case (let one?, nil), (nil, let one?):
        for level in block {
          costs[target &+ level] = min(costs[target &+ level], cost + costs[one &+ level])
        }
      case (nil, nil):
        for level in block { costs[target &+ level] = min(costs[target &+ level], cost) }
      }
    }
  }

  /// Notes the lowest costs of a row that is done.
  mutating func finish(_ row: Row) {
    for block in 0..<blockCount {
      let last = min(block * Self.blockLength + Self.blockLength - 1, levels)
      lowestCosts[row.index * blockCount + block] = self[row, last]
    }
  }
}
