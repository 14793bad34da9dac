/// Greedy placement of tens of thousands of buffers, without a list of who lives with whom.
///
/// Each buffer looks through all that are placed, from the lowest offset up, for a gap among those it lives
/// with. That takes O(n²) steps, but few each, and O(n) memory.
struct ScanningFit: Planner {
  enum Order: String {
    /// Largest first, each in the lowest gap.
    case bySize = "greedy by size, scanning"

    /// In the order of time, each in the smallest gap.
    case inTime = "in time order, smallest gap, scanning"
  }

  let order: Order

  var name: String { order.rawValue }

  func place(_ buffers: [Buffer]) -> Placement {
    var offsets = [Int](repeating: 0, count: buffers.count)
    var placed = PlacedRanges(capacity: buffers.count)
    let gap: GapChoice = order == .bySize ? .first : .best
    for index in sorted(buffers) where buffers[index].isPlaced {
      offsets[index] = placed.insert(buffers[index], gap)
    }
    return Placement(buffers: buffers, offsets: offsets, planner: name)
  }

  private func sorted(_ buffers: [Buffer]) -> [Int] {
    switch order {
    case .bySize: Array(buffers.indices).sortedDescending { buffers[$0].byteCount }
    case .inTime:
      buffers.indices.sorted {
        let (a, b) = (buffers[$0].lifetime, buffers[$1].lifetime)
        return (a.lowerBound, -a.upperBound, $0) < (b.lowerBound, -b.upperBound, $1)
      }
    }
  }
}

/// Placed buffers by ascending offset.
private struct PlacedRanges {
  private var ranges: [Entry] = []

  private struct Entry {
    var offset: Int
    var end: Int
    var first: Int
    var last: Int
  }

  init(capacity: Int) { ranges.reserveCapacity(capacity) }

  /// Places a buffer and tells its offset.
  mutating func insert(_ buffer: Buffer, _ gap: GapChoice) -> Int {
    let offset = offset(for: buffer, gap)
    let entry = Entry(
      offset: offset, end: end(of: buffer.byteCount, at: offset),
      first: buffer.lifetime.lowerBound, last: buffer.lifetime.upperBound)
    ranges.insert(entry, at: position(of: offset))
    return offset
  }

  private func offset(for buffer: Buffer, _ gap: GapChoice) -> Int {
    let (first, last) = (buffer.lifetime.lowerBound, buffer.lifetime.upperBound)
    return ranges.withUnsafeBufferPointer { ranges in
      var top = 0
      var chosen: (offset: Int, room: Int)?
      for range in ranges where range.first < last && first < range.last {
        let room = range.offset - top
        if room >= buffer.byteCount, room < chosen?.room ?? .max {
          chosen = (top, room)
          if gap == .first { break }
        }
        top = max(top, range.end)
      }
      return chosen?.offset ?? top
    }
  }

  /// The position after all ranges at an offset or below.
  private func position(of offset: Int) -> Int {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].offset <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
