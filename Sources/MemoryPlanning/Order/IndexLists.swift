/// A list of small indices for each index, one behind the other in one array.
struct IndexLists {
  private var starts: [Int32] = [0]
  private(set) var entries: [Int32] = []

  init(_ lists: some Sequence<[Int]>) {
    for list in lists {
      entries += list.map { Int32(truncatingIfNeeded: $0) }
      starts.append(Int32(truncatingIfNeeded: entries.count))
    }
  }

  /// The positions of a list in ``entries``.
  subscript(index: Int) -> Range<Int> { Int(starts[index])..<Int(starts[index + 1]) }

  /// The entries of a list.
  func list(_ index: Int) -> ArraySlice<Int32> { entries[self[index]] }

  /// The lists in which `a` holds `b` where here `b` holds `a`.
  func reversed(count: Int) -> IndexLists {
    var lists = [[Int]](repeating: [], count: count)
    for index in 0..<starts.count - 1 {
      for entry in list(index) { lists[Int(entry)].append(index) }
    }
    return IndexLists(lists)
  }
}
