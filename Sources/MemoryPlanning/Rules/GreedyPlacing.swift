/// Places items one after the other, each in a gap among those it lives with.
///
/// Fixed items lie where they are fixed; aliases are not looked at. After a number of looks, which takes
/// about a second, what is left goes on top of all.
struct GreedyPlacing {
  private let items: [ArenaItem]
  private let choice: GapChoice
  private var occupancy: ArenaOccupancy
  private(set) var offsets: [Int]
  private(set) var isCutShort = false
  private var height = 0

  static let maximumLookCount = 100_000_000

  init(_ items: [ArenaItem], _ choice: GapChoice) {
    self.items = items
    self.choice = choice
    occupancy = ArenaOccupancy(items)
    offsets = items.map { $0.fixedOffset ?? 0 }
  }

  /// The work done so far.
  var lookCount: Int { occupancy.lookCount }

  /// Places the items at the given indices, in this order.
  mutating func place(_ order: some Sequence<Int>) {
    for index in order where items[index].buffer.isPlaced {
      let item = items[index]
      if item.fixedOffset == nil { offsets[index] = offset(for: item) }
      if !isCutShort { occupancy.take(item.buffer, at: offsets[index]) }
      height = max(height, end(of: item.buffer.byteCount, at: offsets[index]))
    }
  }

  private mutating func offset(for item: ArenaItem) -> Int {
    isCutShort = isCutShort || occupancy.lookCount > Self.maximumLookCount
    return isCutShort
      ? roundedUp(height, to: item.alignment) : occupancy.offset(for: item, choice)
  }

  /// The placement, by a planner of a name.
  func placement(by planner: String) -> Placement {
    Placement(
      buffers: items.map(\.buffer), offsets: offsets,
      planner: isCutShort ? "\(planner), the last ones stacked" : planner)
  }
}

/// The next multiple of a divisor.
func roundedUp(_ value: Int, to divisor: Int) -> Int {
  let remainder = value % divisor
  return remainder == 0 ? value : value + (divisor - remainder)
}
