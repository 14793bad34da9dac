/// A piece of work whose place in the order can be chosen.
public struct OrderTask: Hashable, Sendable {
  public var name: String

  /// The buffers it reads.
  public var reads: [Int]

  /// The buffers it makes, or writes a part of.
  public var makes: [Int]

  /// The tasks that must have run before it.
  public var dependencies: [Int]

  /// The buffers it reads whose bytes its first made one may take over, where no one else needs them.
  public var overwrites: [Int]

  /// The bytes it needs only while it runs.
  public var workspace: Int

  public init(
    _ name: String = "", reads: [Int] = [], makes: [Int] = [], dependencies: [Int] = [],
    overwrites: [Int] = [], workspace: Int = 0
  ) {
    self.name = name
    self.reads = reads
    self.makes = makes
    self.dependencies = dependencies
    self.overwrites = overwrites
    self.workspace = workspace
  }
}

/// A buffer that tasks share, live from the first that makes it to the last that touches it.
public struct OrderBuffer: Hashable, Sendable {
  public var byteCount: Int

  /// Whether it is live before the first task.
  public var isGiven: Bool

  /// Whether it stays live after the last.
  public var isKept: Bool

  public init(_ byteCount: Int, isGiven: Bool = false, isKept: Bool = false) {
    self.byteCount = max(0, min(byteCount, Buffer.maximumByteCount >> 20))
    self.isGiven = isGiven
    self.isKept = isKept
  }
}

/// Tasks to put in an order that needs little memory.
public struct OrderProblem: Hashable, Sendable {
  /// The tasks, in an order that keeps to all dependencies.
  public var tasks: [OrderTask]
  public var buffers: [OrderBuffer]

  public init(tasks: [OrderTask], buffers: [OrderBuffer]) {
    self.tasks = tasks
    self.buffers = buffers
  }

  /// Tasks that make one buffer each, and read those of the tasks they depend on.
  public init(byteCounts: [Int], dependencies: [[Int]]) {
    buffers = byteCounts.map { OrderBuffer($0) }
    tasks = dependencies.enumerated().map { index, dependencies in
      OrderTask(reads: dependencies, makes: [index], dependencies: dependencies)
    }
  }
}

extension OrderProblem {
  /// The first task that names a buffer out of bounds, or a task that is not before it.
  public var firstUnsoundTask: Int? {
    tasks.indices.first { index in
      let task = tasks[index]
      let isKnown = (task.reads + task.makes).allSatisfy(buffers.indices.contains)
      let isSubset = Set(task.overwrites).isSubset(of: task.reads)
      let isOrdered = task.dependencies.allSatisfy { (0..<index).contains($0) }
      return !isKnown || !isSubset || !isOrdered || task.workspace < 0
    }
  }

  /// The most bytes live at once when the tasks run in an order; `nil` if it breaks a dependency.
  ///
  /// This replays the order and knows of no solver.
  public func peak(of order: [Int]) -> Int? {
    guard order.count == tasks.count, Set(order) == Set(tasks.indices) else { return nil }
    var replay = OrderReplay(self)
    for task in order {
      guard replay.run(task) else { return nil }
    }
    return replay.peak
  }
}

/// A plain run of tasks that counts who still needs each buffer.
struct OrderReplay {
  private let problem: OrderProblem
  private var usesLeft: [Int]
  private var isLive: [Bool]
  private var hasRun: [Bool]
  private var live = 0
  var peak = 0

  init(_ problem: OrderProblem) {
    self.problem = problem
    hasRun = Array(repeating: false, count: problem.tasks.count)
    isLive = problem.buffers.map(\.isGiven)
    usesLeft = problem.buffers.map { $0.isKept ? 1 : 0 }
    for task in problem.tasks {
      for buffer in Set(task.reads + task.makes) { usesLeft[buffer] += 1 }
    }
    for index in problem.buffers.indices where isLive[index] && usesLeft[index] == 0 {
      isLive[index] = false
    }
    live = isLive.indices.filter { isLive[$0] }.map { problem.buffers[$0].byteCount }.reduce(0, +)
    peak = live
  }

  mutating func run(_ index: Int) -> Bool {
    let task = problem.tasks[index]
    guard !hasRun[index], task.dependencies.allSatisfy({ hasRun[$0] }) else { return false }
    hasRun[index] = true
    var saved = 0
    if let first = task.makes.first, !isLive[first],
      let dying = task.overwrites.first(where: { isLive[$0] && usesLeft[$0] == 1 })
    {
      saved = min(problem.buffers[first].byteCount, problem.buffers[dying].byteCount)
    }
    for buffer in task.makes where !isLive[buffer] {
      isLive[buffer] = true
      live += problem.buffers[buffer].byteCount
    }
    peak = max(peak, live + task.workspace - saved)
    for buffer in Set(task.reads + task.makes) { release(buffer) }
    return true
  }

  private mutating func release(_ buffer: Int) {
    usesLeft[buffer] -= 1
    guard usesLeft[buffer] == 0, isLive[buffer] else { return }
    isLive[buffer] = false
    live -= problem.buffers[buffer].byteCount
  }
}
