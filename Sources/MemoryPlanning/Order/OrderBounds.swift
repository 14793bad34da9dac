extension OrderInstance {
  /// The most tasks of a stretch among which it is looked up who comes before whom.
  private static let maximumRelatedCount = 4096

  /// Bytes that every order has live at once.
  ///
  /// While a task runs, all it touches is live, and every buffer that something before it makes and
  /// something after it reads.
  var lowerBound: Int {
    var bounds = (0..<taskCount).map { touchedBytes(of: $0) }
    if taskCount <= Self.maximumRelatedCount { addSpanningBytes(to: &bounds) }
    return max(startingBytes, base + (bounds.max() ?? 0))
  }

  private func touchedBytes(of task: Int) -> Int {
    let touched = touches.list(task).map { sizes[Int($0)] }.reduce(0, +)
    let first = makes.list(task).first.map { sizes[Int($0)] } ?? 0
    let saved = overwrites.list(task).map { min(sizes[Int($0)], first) }.max() ?? 0
    return touched + workspaces[task] - saved
  }

  private func addSpanningBytes(to bounds: inout [Int]) {
    let before = Relation(dependencies, count: taskCount, isForward: true)
    let after = Relation(successors, count: taskCount, isForward: false)
    for buffer in sizes.indices where sizes[buffer] > 0 {
      var span = isGiven[buffer] ? after.all : after.union(of: makers.list(buffer))
      if !isKept[buffer] { span.formIntersection(before.union(of: users.list(buffer))) }
      span.forEach { task in
        if !touches.list(task).contains(Int32(buffer)) { bounds[task] += sizes[buffer] }
      }
    }
  }
}

/// For each task, all that come before it, or all that come after it, whatever the order.
private struct Relation {
  private var rows: [TaskSet]
  let all: TaskSet

  /// Follows lists whose entries come earlier (forward) or later than the tasks they belong to.
  init(_ lists: IndexLists, count: Int, isForward: Bool) {
    rows = Array(repeating: TaskSet(count: count), count: count)
    let order = isForward ? Array(0..<count) : (0..<count).reversed()
    for task in order {
      for other in lists.list(task) {
        rows[task].formUnion(rows[Int(other)])
        rows[task].insert(Int(other))
      }
    }
    all = TaskSet(count: count, isFull: true)
  }

  func union(of tasks: ArraySlice<Int32>) -> TaskSet {
    tasks.reduce(into: TaskSet(count: rows.count)) { $0.formUnion(rows[Int($1)]) }
  }
}

/// A set of tasks as bits.
private struct TaskSet {
  private var words: [UInt64]
  private let count: Int

  init(count: Int, isFull: Bool = false) {
    self.count = count
    words = Array(repeating: isFull ? .max : 0, count: (count + 63) / 64)
  }

  mutating func insert(_ task: Int) { words[task >> 6] |= 1 << UInt64(task & 63) }

  mutating func formUnion(_ other: TaskSet) {
    for index in words.indices { words[index] |= other.words[index] }
  }

  mutating func formIntersection(_ other: TaskSet) {
    for index in words.indices { words[index] &= other.words[index] }
  }

  func forEach(_ body: (Int) -> Void) {
    for index in words.indices {
      var word = words[index]
      while word != 0 {
        let task = index << 6 + word.trailingZeroBitCount
        if task < count { body(task) }
        word &= word - 1
      }
    }
  }
}
