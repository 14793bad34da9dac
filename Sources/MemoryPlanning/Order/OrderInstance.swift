/// A stretch of tasks in flat arrays, with what is live around it.
struct OrderInstance {
  /// The tasks, by their index in the problem, in the order given.
  let origins: [Int]
  let dependencies: IndexLists
  let successors: IndexLists
  let makes: IndexLists

  /// The buffers that each task reads or makes.
  let touches: IndexLists
  let overwrites: IndexLists
  let workspaces: [Int]

  /// The tasks that make, and that touch, each buffer.
  let makers: IndexLists
  let users: IndexLists
  let sizes: [Int]

  /// Whether each buffer is live before the first task, and after the last.
  let isGiven: [Bool]
  let isKept: [Bool]

  /// The bytes live all along that no task touches.
  let base: Int

  /// The bytes live before the first task.
  let startingBytes: Int

  var taskCount: Int { origins.count }
  var wordCount: Int { (taskCount + 63) / 64 }

  /// Takes a stretch of an order, all that comes before it done.
  init(_ problem: OrderProblem, stretch: Range<Int>, of order: [Int], _ uses: BufferUses) {
    let tasks = Array(order[stretch])
    let local = Dictionary(uniqueKeysWithValues: tasks.enumerated().map { ($1, $0) })
    let touched = tasks.map { Array(Set(problem.tasks[$0].reads + problem.tasks[$0].makes)) }
    let buffers = Array(Set(touched.joined())).sorted()
    let names = Dictionary(uniqueKeysWithValues: buffers.enumerated().map { ($1, $0) })
    func renamed(_ list: [Int]) -> [Int] { list.compactMap { names[$0] } }
    origins = tasks
    dependencies = IndexLists(
      tasks.map { Set(problem.tasks[$0].dependencies.compactMap { local[$0] }).sorted() })
    successors = dependencies.reversed(count: tasks.count)
    makes = IndexLists(tasks.map { renamed(problem.tasks[$0].makes.uniqued()) })
    touches = IndexLists(touched.map { renamed($0.sorted()) })
    overwrites = IndexLists(tasks.map { renamed(problem.tasks[$0].overwrites) })
    workspaces = tasks.map { min(problem.tasks[$0].workspace, Buffer.maximumByteCount >> 20) }
    makers = makes.reversed(count: buffers.count)
    users = touches.reversed(count: buffers.count)
    sizes = buffers.map { problem.buffers[$0].byteCount }
    isGiven = buffers.map { uses.isLive($0, before: stretch.lowerBound) }
    isKept = buffers.map { uses.isLive($0, after: stretch.upperBound) }
    startingBytes = uses.liveBytes(before: stretch.lowerBound)
    base = startingBytes - zip(sizes, isGiven).reduce(0) { $0 + ($1.1 ? $1.0 : 0) }
  }
}

/// From which position of an order to which each buffer is live.
struct BufferUses {
  private let starts: [Int]
  private let ends: [Int]

  /// The bytes live before each position.
  private let live: [Int]

  init(_ problem: OrderProblem, order: [Int]) {
    var starts = problem.buffers.map { $0.isGiven ? -1 : Int.max }
    var ends = problem.buffers.map { $0.isKept ? Int.max : -1 }
    for (position, task) in order.enumerated() {
      for buffer in problem.tasks[task].makes { starts[buffer] = min(starts[buffer], position) }
      for buffer in problem.tasks[task].reads + problem.tasks[task].makes {
        ends[buffer] = max(ends[buffer], position)
      }
    }
    var changes = [Int](repeating: 0, count: order.count + 1)
    for (buffer, start) in starts.enumerated() where start < order.count && ends[buffer] > start {
      changes[start + 1] += problem.buffers[buffer].byteCount
      if ends[buffer] < order.count {
        changes[ends[buffer] + 1] -= problem.buffers[buffer].byteCount
      }
    }
    live = changes.reduce(into: []) { $0.append(($0.last ?? 0) + $1) }
    self.starts = starts
    self.ends = ends
  }

  func isLive(_ buffer: Int, before position: Int) -> Bool {
    starts[buffer] < position && ends[buffer] >= position
  }

  func isLive(_ buffer: Int, after end: Int) -> Bool { ends[buffer] >= end && starts[buffer] < end }

  func liveBytes(before position: Int) -> Int { live[position] }
}

extension [Int] {
  /// The elements without repetitions.
  func uniqued() -> [Int] {
    var seen: Set<Int> = []
    return filter { seen.insert($0).inserted }
  }
}
