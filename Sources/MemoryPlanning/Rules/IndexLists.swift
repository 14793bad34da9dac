/// Lists of small indices, one behind the other in one array.
struct IndexLists {
  private(set) var starts: [Int32] = [0]
  private(set) var entries: [Int32] = []

  var count: Int { starts.count - 1 }

  init(_ lists: [[Int32]] = []) {
    for list in lists {
      entries += list
      starts.append(Int32(truncatingIfNeeded: entries.count))
    }
  }

  init(_ lists: some Sequence<[Int]>) {
    self.init(lists.map { $0.map { Int32(truncatingIfNeeded: $0) } })
  }

  /// The positions of a list in ``entries``.
  @inline(__always)
  subscript(index: Int) -> Range<Int> { Int(starts[index])..<Int(starts[index + 1]) }

  /// The entries of a list.
  func list(_ index: Int) -> ArraySlice<Int32> { entries[self[index]] }

  /// The lists in which `a` holds `b` where here `b` holds `a`.
  func reversed(count: Int) -> IndexLists {
    var lists = [[Int32]](repeating: [], count: count)
    for index in 0..<self.count {
      for entry in list(index) { lists[Int(entry)].append(Int32(truncatingIfNeeded: index)) }
    }
    return IndexLists(lists)
  }
}
