/// Which bytes of an arena are taken at which steps, asked for the gaps during a lifetime.
///
/// A binary tree over the steps at which buffers begin. Each node keeps the bytes that are taken during
/// all of its steps, and those taken at any of them, as ranges between which there is room; so a
/// lifetime is the concern of O(log n) nodes, and what is packed without gaps is a single range.
struct ArenaOccupancy {
  /// The distinct first steps of buffers, ascending: lifetimes that meet have one of them in common.
  private let starts: [Int]
  private let leafCount: Int
  private var throughout: [TakenRanges]
  private var anytime: [TakenRanges]

  /// The divisor of all offsets, by which gaps are known that nothing fits in.
  private let alignment: Int

  /// How often a list of ranges was looked into: the work done.
  private(set) var lookCount = 0

  /// The lists that concern the lifetime at hand, and how far each was gone through.
  private var cursors: [Cursor] = []

  private struct Cursor {
    var node: Int
    var isThroughout: Bool
    var position = 0
  }

  /// Makes an empty arena for buffers that will be placed.
  init(_ items: [ArenaItem]) {
    let placed = items.filter(\.buffer.isPlaced)
    let alignments = Set(placed.map(\.alignment))
    alignment = alignments.count == 1 ? alignments.first ?? 1 : 1
    starts = Set(placed.map(\.buffer.lifetime.lowerBound)).sorted()
    var leafCount = 1
    while leafCount < starts.count { leafCount *= 2 }
    self.leafCount = leafCount
    throughout = Array(repeating: TakenRanges(), count: 2 * leafCount)
    anytime = throughout
  }

  /// The leaves of the first and the last start in a lifetime.
  private func leaves(_ lifetime: Range<Int>) -> ClosedRange<Int> {
    let first = starts.partitionPoint { $0 >= lifetime.lowerBound }
    let end = starts.partitionPoint { $0 >= lifetime.upperBound }
    return leafCount + first...leafCount + max(first, end - 1)
  }

  /// Takes the bytes from an offset for a buffer.
  mutating func take(_ buffer: Buffer, at offset: Int) {
    let range = PlacedRange(offset: offset, end: end(of: buffer.byteCount, at: offset))
    let leaves = leaves(buffer.lifetime)
    forEachWhole(in: leaves) { occupancy, node in
      occupancy.throughout[node].take(range, occupancy.alignment)
      occupancy.anytime[node].take(range, occupancy.alignment)
    }
    forEachAbove(leaves) { occupancy, node in
      occupancy.anytime[node].take(range, occupancy.alignment)
    }
  }

  /// Calls a function with the largest nodes that lie within a range of leaves.
  private mutating func forEachWhole(
    in leaves: ClosedRange<Int>, _ body: (inout ArenaOccupancy, Int) -> Void
  ) {
    var (low, high) = (leaves.lowerBound, leaves.upperBound + 1)
    while low < high {
      if low & 1 == 1 {
        body(&self, low)
        low += 1
      }
      if high & 1 == 1 {
        high -= 1
        body(&self, high)
      }
      low /= 2
      high /= 2
    }
  }

  /// Calls a function with the nodes above the first and the last of a range of leaves.
  private mutating func forEachAbove(
    _ leaves: ClosedRange<Int>, _ body: (inout ArenaOccupancy, Int) -> Void
  ) {
    var (low, high) = (leaves.lowerBound / 2, leaves.upperBound / 2)
    while high > 0 {
      body(&self, low)
      if high != low { body(&self, high) }
      low /= 2
      high /= 2
    }
  }
}

// MARK: Gaps

extension ArenaOccupancy {
  /// The offset for an item among those that are live while it is.
  ///
  /// A gap is compared by its room from the aligned offset, and once chosen counts from the end of the
  /// bytes below, as TensorFlow Lite has it.
  mutating func offset(for item: ArenaItem, _ choice: GapChoice) -> Int {
    gather(leaves(item.buffer.lifetime))
    let size = item.buffer.byteCount
    var top = 0
    var limit = 0
    var chosen: (offset: Int, room: Int)?
    while true {
      let aligned = roundedUp(top, to: item.alignment)
      let (reached, next) = advance(to: max(limit, aligned + size))
      guard reached <= top else {
        top = reached
        continue
      }
      guard let next else { return chosen?.offset ?? aligned }
      if next - aligned < chosen?.room ?? .max {
        chosen = (aligned, next - top)
        if choice == .first { return aligned }
      }
      limit = next + 1
    }
  }

  /// Notes the lists of the bytes that are taken at any step of a range of leaves.
  private mutating func gather(_ leaves: ClosedRange<Int>) {
    cursors.removeAll(keepingCapacity: true)
    forEachWhole(in: leaves) { occupancy, node in
      guard !occupancy.anytime[node].isEmpty else { return }
      occupancy.cursors.append(Cursor(node: node, isThroughout: false))
    }
    forEachAbove(leaves) { occupancy, node in
      guard !occupancy.throughout[node].isEmpty else { return }
      occupancy.cursors.append(Cursor(node: node, isThroughout: true))
    }
  }

  /// The end of the bytes taken from below a limit, and where the next ones begin.
  private mutating func advance(to limit: Int) -> (reached: Int, next: Int?) {
    var reached = 0
    var next: Int?
    lookCount += cursors.count
    for index in cursors.indices {
      let cursor = cursors[index]
      let look =
        cursor.isThroughout
        ? throughout[cursor.node].look(from: cursor.position, limit: limit)
        : anytime[cursor.node].look(from: cursor.position, limit: limit)
      cursors[index].position = look.position
      reached = max(reached, look.reached)
      if let start = look.next { next = min(next ?? start, start) }
    }
    return (reached, next)
  }
}

/// Ranges of bytes by ascending offset, between which there is room.
private struct TakenRanges {
  private var ranges: [PlacedRange] = []

  var isEmpty: Bool { ranges.isEmpty }

  /// Adds a range, joined to those that it leaves no room to.
  mutating func take(_ range: PlacedRange, _ alignment: Int) {
    let first = position(from: 0) { roundedUp(ranges[$0].end, to: alignment) >= range.offset }
    let limit = roundedUp(range.end, to: alignment)
    let last = position(from: first) { ranges[$0].offset > limit }
    guard first < last else { return ranges.insert(range, at: first) }
    let joined = PlacedRange(
      offset: min(range.offset, ranges[first].offset), end: max(range.end, ranges[last - 1].end))
    if last - first == 1 {
      ranges[first] = joined
    } else {
      ranges.replaceSubrange(first..<last, with: CollectionOfOne(joined))
    }
  }

  /// How far the ranges go that begin below a limit, and where the next one begins.
  func look(from start: Int, limit: Int) -> (position: Int, reached: Int, next: Int?) {
    let end = position(from: start) { ranges[$0].offset >= limit }
    return (
      end, end > 0 ? ranges[end - 1].end : 0, end < ranges.count ? ranges[end].offset : nil
    )
  }

  /// The first position from which on a statement holds.
  private func position(from start: Int, where holds: (Int) -> Bool) -> Int {
    var (low, high) = (start, ranges.count)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
