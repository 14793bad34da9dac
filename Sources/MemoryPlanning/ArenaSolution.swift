/// What a solver found, and what it proved.
public struct ArenaSolution: Hashable, Sendable {
  /// The offset of every item, in the order of the problem.
  public var placement: Placement

  /// The size below which no arena can go.
  public var lowerBound: Int

  public var status: Status

  /// The steps of the exact search; none if the bound proved a greedy placement.
  public var steps: Int

  /// How sure the answer is.
  public enum Status: String, Hashable, Sendable, CaseIterable {
    /// No smaller arena exists.
    case optimal

    /// The placement is sound; a smaller arena may exist, down to the lower bound.
    case feasible

    /// No placement was found that keeps to the capacity or the fixed offsets.
    ///
    /// It may exist all the same unless ``ArenaSolution/lowerBound`` is above the capacity.
    case notFound
  }

  /// The size of the arena.
  public var arenaByteCount: Int { placement.arenaByteCount }
}

extension ArenaProblem {
  /// The items of a placement that are not where they were asked to be.
  ///
  /// Aliases share an offset, fixed items have theirs, and alignments divide. Buffers that are live
  /// at once and share bytes are counted too, except aliases of each other. This knows of no solver.
  public func violations(of placement: Placement) -> [Int] {
    let groups = merged.groups
    guard placement.offsets.count == items.count else { return Array(items.indices) }
    var wrong = Set<Int>()
    var offsetsOfGroups: [Int: Int] = [:]
    for (index, item) in items.enumerated() where item.buffer.isPlaced {
      let offset = placement.offsets[index]
      if offset < 0 || offset % item.alignment != 0 { wrong.insert(index) }
      if let fixed = item.fixedOffset, fixed != offset { wrong.insert(index) }
      if offsetsOfGroups[groups[index], default: offset] != offset { wrong.insert(index) }
      offsetsOfGroups[groups[index]] = offset
    }
    let buffers = Placement(buffers: items.map(\.buffer), offsets: placement.offsets)
    for conflict in buffers.conflicts where groups[conflict.first] != groups[conflict.second] {
      wrong.formUnion([conflict.first, conflict.second])
    }
    return wrong.sorted()
  }
}
