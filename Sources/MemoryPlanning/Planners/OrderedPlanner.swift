/// A planner that places buffers one after the other, each in a gap between those it lives with.
protocol OrderedPlanner: Planner {
  var gap: GapChoice { get }

  /// The indices of the buffers, in the order in which they are placed.
  func order(_ buffers: [Buffer], _ overlaps: Overlaps) -> [Int]
}

extension OrderedPlanner {
  public func place(_ buffers: [Buffer]) -> Placement {
    guard let overlaps = Overlaps(buffers, limit: BestOf.maximumPairCount) else {
      return SegregatedFit().place(buffers)
    }
    return place(buffers, overlaps)
  }

  /// Places buffers whose overlaps are known.
  func place(_ buffers: [Buffer], _ overlaps: Overlaps) -> Placement {
    var offsets = [Int](repeating: -1, count: buffers.count)
    var placed: [PlacedRange] = []
    for index in order(buffers, overlaps) where buffers[index].isPlaced {
      placed.removeAll(keepingCapacity: true)
      overlaps.forEach(of: index) { other in
        let offset = offsets[other]
        guard offset >= 0 else { return }
        let end = end(of: buffers[other].byteCount, at: offset)
        placed.append(PlacedRange(offset: offset, end: end))
      }
      placed.sort { $0.offset < $1.offset }
      offsets[index] = gap.offset(for: buffers[index].byteCount, among: placed)
    }
    return Placement(buffers: buffers, offsets: offsets.map { max(0, $0) }, planner: name)
  }
}

extension [Int] {
  /// The indices sorted by a key, largest first; equal ones keep their order.
  func sortedDescending<Key: Comparable>(by key: (Int) -> Key) -> [Int] {
    map { (key: key($0), index: $0) }
      .sorted { $0.key == $1.key ? $0.index < $1.index : $0.key > $1.key }
      .map(\.index)
  }
}
