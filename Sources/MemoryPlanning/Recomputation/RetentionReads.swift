/// Who reads what in a training step, as a search over what stays live asks for it.
struct RetentionReads {
  let forwardCount: Int

  /// The backward tasks, each of which is a stage: what is missing is made again just before it.
  let stageCount: Int
  let bytes: [Int]
  let costs: [Double]

  /// The forward values that each task reads, ascending.
  let dependencies: IndexLists

  /// The tasks that read each forward value, ascending, and the last of them.
  private let readers: IndexLists
  let lastReads: [Int]
  let lastForwardReads: [Int]

  /// The bytes of loss and gradients that are read for the last time in each stage.
  let endingBytes: [Int]

  init(_ problem: RecomputationProblem) {
    let (tasks, count) = (problem.tasks, problem.forwardCount)
    let lists = tasks.map { $0.dependencies.uniqued().sorted() }
    let readers = IndexLists(lists).reversed(count: tasks.count)
    let lastReads = tasks.indices.map { readers.list($0).last.map(Int.init) ?? $0 }
    var endingBytes = [Int](repeating: 0, count: tasks.count - count)
    for task in count..<tasks.count {
      endingBytes[lastReads[task] - count] += tasks[task].byteCount
    }
    forwardCount = count
    stageCount = tasks.count - count
    bytes = tasks.map(\.byteCount)
    costs = tasks.map(\.cost)
    dependencies = IndexLists(lists.map { $0.filter { $0 < count } })
    self.readers = readers
    self.lastReads = lastReads
    lastForwardReads = (0..<count).map { index in
      readers.list(index).last { $0 < count }.map(Int.init) ?? index
    }
    self.endingBytes = endingBytes
  }

  /// Whether a task after the forward pass reads a value, so that there is something to choose.
  func isReadBackward(_ value: Int) -> Bool { lastReads[value] >= forwardCount }

  func isRead(_ value: Int, at task: Int) -> Bool {
    var position = readers[value].upperBound
    while position > readers[value].lowerBound {
      position -= 1
      let reader = Int(readers.entries[position])
      if reader <= task { return reader == task }
    }
    return false
  }
}
