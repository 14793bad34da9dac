/// The part of a problem that the exact search sees: items over sections of time, sizes in units.
///
/// A section is a step at which no item ends before another begins: of all steps, only those whose
/// live set is not part of a neighbour's matter. Items are numbered by their first section.
struct SearchInstance {
  /// The size, the divisor of the offset, and the sections of each item.
  var sizes: [Int] = []
  var alignments: [Int] = []
  var sections: [Range<Int>] = []

  /// The number of steps of each item's lifetime.
  var widths: [Int] = []

  /// The ranges of offsets that are taken by fixed items where an item lives, ascending.
  var obstacles: [[Range<Int>]] = []

  /// The live items of each section.
  var itemsBySection = IndexLists()

  /// The items that share a section with each item.
  var neighbours = IndexLists()

  /// Where each item comes from.
  var origins: [Int] = []

  var itemCount: Int { sizes.count }
  var sectionCount: Int { itemsBySection.count }

  /// Whether offsets below one may be skipped for no other reason than items.
  private(set) var isPlain = true

  /// Makes an instance of movable items with lifetimes, fixed ones, and the unit of all numbers.
  ///
  /// Returns `nil` where more pairs of items share a section than `pairLimit`.
  init?(_ items: [ArenaItem], of indices: [Int], fixed: [Int], unit: Int, pairLimit: Int) {
    let order = indices.sorted {
      let (a, b) = (items[$0].buffer.lifetime, items[$1].buffer.lifetime)
      return a.lowerBound == b.lowerBound
        ? (a.upperBound, $0) < (b.upperBound, $1) : a.lowerBound < b.lowerBound
    }
    let buffers = order.map { items[$0].buffer }
    guard let overlaps = Overlaps(buffers, limit: pairLimit) else { return nil }
    origins = order
    sizes = buffers.map { $0.byteCount / unit }
    alignments = order.map { max(1, items[$0].alignment / unit) }
    sections = Self.sections(of: buffers)
    widths = buffers.map { Self.length(of: $0.lifetime) }
    obstacles = order.map { Self.obstacles(items, fixed, for: items[$0].buffer, unit) }
    isPlain = alignments.allSatisfy { $0 == 1 } && obstacles.allSatisfy(\.isEmpty)
    neighbours = IndexLists(
      buffers.indices.map { index in
        var list: [Int32] = []
        overlaps.forEach(of: index) { list.append(Int32($0)) }
        return list
      })
    itemsBySection = IndexLists(Self.items(by: sections))
  }

  /// The largest sum of sizes that live together.
  var heaviestSection: Int {
    var loads = [Int](repeating: 0, count: sectionCount)
    for (size, range) in zip(sizes, sections) {
      for section in range { loads[section] += size }
    }
    return loads.max() ?? 0
  }

  /// The lowest offset at or above one that the item can have beside the fixed items.
  func normalised(_ offset: Int, for item: Int) -> Int {
    if isPlain { return offset }
    var offset = aligned(offset, for: item)
    for obstacle in obstacles[item] where obstacle.upperBound > offset {
      if offset + sizes[item] <= obstacle.lowerBound { break }
      offset = aligned(obstacle.upperBound, for: item)
    }
    return offset
  }

  private func aligned(_ offset: Int, for item: Int) -> Int {
    (offset + alignments[item] - 1) / alignments[item] * alignments[item]
  }

  /// The items' ranges of sections: a new section begins where an item starts after one has ended.
  private static func sections(of buffers: [Buffer]) -> [Range<Int>] {
    var events = buffers.indices.flatMap { index in
      [
        (buffers[index].lifetime.upperBound, 0, index),
        (buffers[index].lifetime.lowerBound, 1, index),
      ]
    }
    events.sort { $0 < $1 }
    var ranges = [Range<Int>](repeating: 0..<0, count: buffers.count)
    var section = 0
    var hasEnded = false
    for (_, kind, index) in events {
      if kind == 0 {
        ranges[index] = ranges[index].lowerBound..<section + 1
        hasEnded = true
      } else {
        if hasEnded { section += 1 }
        hasEnded = false
        ranges[index] = section..<section + 1
      }
    }
    return ranges
  }

  private static func length(of lifetime: Range<Int>) -> Int {
    let (length, overflows) = lifetime.upperBound.subtractingReportingOverflow(lifetime.lowerBound)
    return overflows ? .max : length
  }

  private static func items(by sections: [Range<Int>]) -> [[Int32]] {
    var lists = [[Int32]](repeating: [], count: sections.map(\.upperBound).max() ?? 0)
    for (item, range) in sections.enumerated() {
      for section in range { lists[section].append(Int32(item)) }
    }
    return lists
  }

  private static func obstacles(
    _ items: [ArenaItem], _ fixed: [Int], for buffer: Buffer, _ unit: Int
  ) -> [Range<Int>] {
    fixed.compactMap { index in
      guard items[index].buffer.lifetime.overlaps(buffer.lifetime) else { return nil }
      let offset = (items[index].fixedOffset ?? 0) / unit
      return offset..<offset + items[index].buffer.byteCount / unit
    }.sorted { $0.lowerBound < $1.lowerBound }
  }
}
