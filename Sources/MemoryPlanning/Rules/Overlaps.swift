/// For each buffer, the buffers that are live while it is.
///
/// There is a limit on the number of pairs, each of which takes eight bytes.
struct Overlaps {
  /// For each buffer, those that were live when it started.
  private let earlier: AdjacencyLists

  /// For each buffer, those that started while it was live.
  private let later: AdjacencyLists

  /// Finds the pairs by a sweep over the starts, in O(n log n) plus the number of pairs.
  ///
  /// Returns `nil` if there are more pairs than `limit`.
  init?(_ buffers: [Buffer], limit: Int) {
    guard let earlier = AdjacencyLists(liveAtStart: buffers, limit: limit) else { return nil }
    self.earlier = earlier
    later = earlier.reversed()
  }

  /// The number of pairs.
  var count: Int { earlier.count }

  /// Calls a function with every buffer that is live while the one at an index is.
  func forEach(of index: Int, _ body: (Int) -> Void) {
    for other in earlier[index] { body(Int(other)) }
    for other in later[index] { body(Int(other)) }
  }
}

/// A list of indices for each index, the lists one behind the other in one array.
private struct AdjacencyLists {
  private var ranges: [Range<Int32>]
  private var entries: [Int32]

  var count: Int { entries.count }

  subscript(index: Int) -> ArraySlice<Int32> {
    entries[Int(ranges[index].lowerBound)..<Int(ranges[index].upperBound)]
  }

  init?(liveAtStart buffers: [Buffer], limit: Int) {
    ranges = Array(repeating: 0..<0, count: buffers.count)
    entries = []
    let order = buffers.indices.filter { buffers[$0].isPlaced }
      .sorted { buffers[$0].lifetime.lowerBound < buffers[$1].lifetime.lowerBound }
    var live: [Int32] = []
    for index in order {
      let step = buffers[index].lifetime.lowerBound
      live.removeAll { buffers[Int($0)].lifetime.upperBound <= step }
      guard entries.count + live.count <= limit else { return nil }
      ranges[index] = Int32(entries.count)..<Int32(entries.count + live.count)
      entries += live
      live.append(Int32(index))
    }
  }

  /// Makes the lists in which `a` holds `b` where here `b` holds `a`.
  func reversed() -> AdjacencyLists {
    var counts = [Int32](repeating: 0, count: ranges.count)
    for entry in entries { counts[Int(entry)] += 1 }
    var result = self
    var top: Int32 = 0
    for index in ranges.indices {
      result.ranges[index] = top..<top
      top += counts[index]
    }
    for index in ranges.indices {
      for entry in self[index] {
        let end = result.ranges[Int(entry)].upperBound
        result.entries[Int(end)] = Int32(index)
        result.ranges[Int(entry)] = result.ranges[Int(entry)].lowerBound..<end + 1
      }
    }
    return result
  }
}
