/// What becomes of a forward value between its last use in the forward pass and its next.
enum RetentionChoice: UInt8, CaseIterable {
  /// It stays.
  case kept

  /// It goes, and stays once it was made again.
  case remade

  /// It goes, and goes again whenever the next task does not read it.
  case transient
}

/// Runs a step by a choice for every forward value, and meters it.
///
/// What a backward task reads and is not there is made again just before it, and what that needs, too.
struct RetentionRun {
  private let problem: RecomputationProblem
  private let dependencies: IndexLists
  private let bytes: [Int]
  private let costs: [Double]

  /// The last forward task and the last task that read each value, and all that do, ascending.
  private let lastForwardReads: [Int]
  private let lastReads: [Int]
  private let readers: IndexLists

  private var choices: [RetentionChoice] = []
  private var isLive: [Bool]
  private var usesInStage: [Int32]
  private var live = 0
  private var budget = 0
  private var schedule: [Int] = []
  private var records = false

  /// What running again costs, and the bytes beyond the budget, task by task.
  private(set) var extraCost = 0.0
  private(set) var excess = 0.0

  init(_ problem: RecomputationProblem) {
    self.problem = problem
    let lists = problem.tasks.map { $0.dependencies.uniqued().sorted() }
    dependencies = IndexLists(lists)
    let readers = dependencies.reversed(count: problem.tasks.count)
    self.readers = readers
    bytes = problem.tasks.map(\.byteCount)
    costs = problem.tasks.map(\.cost)
    lastReads = problem.tasks.indices.map { readers.list($0).last.map(Int.init) ?? $0 }
    lastForwardReads = problem.tasks.indices.map { index in
      readers.list(index).last { $0 < problem.forwardCount }.map(Int.init) ?? index
    }
    isLive = Array(repeating: false, count: problem.tasks.count)
    usesInStage = Array(repeating: 0, count: problem.tasks.count)
  }

  /// The schedule that follows from a choice for every forward value.
  mutating func schedule(_ choices: [RetentionChoice]) -> [Int] {
    records = true
    schedule = []
    measure(choices, budget: .max)
    records = false
    return schedule
  }

  /// Meters a choice for every forward value against a budget.
  mutating func measure(_ choices: [RetentionChoice], budget: Int) {
    self.choices = choices
    self.budget = budget
    (extraCost, excess, live) = (0, 0, 0)
    for index in isLive.indices { isLive[index] = false }
    for task in 0..<problem.forwardCount {
      make(task)
      for entry in dependencies[task] { dropAfterForward(Int(dependencies.entries[entry]), task) }
      dropAfterForward(task, task)
    }
    for task in problem.forwardCount..<problem.tasks.count { runBackward(task) }
  }

  private mutating func make(_ task: Int) {
    isLive[task] = true
    live += bytes[task]
    if live > budget { excess += Double(live - budget) }
    if records { schedule.append(task) }
  }

  private mutating func drop(_ value: Int) {
    guard isLive[value] else { return }
    isLive[value] = false
    live -= bytes[value]
  }

  private mutating func dropAfterForward(_ value: Int, _ task: Int) {
    guard lastForwardReads[value] <= task else { return }
    if choices[value] != .kept || lastReads[value] <= task { drop(value) }
  }

  private mutating func runBackward(_ task: Int) {
    remake(for: task)
    make(task)
    for entry in dependencies[task] {
      let value = Int(dependencies.entries[entry])
      if value >= problem.forwardCount {
        if lastReads[value] <= task { drop(value) }
      } else {
        dropAfterStage(value, task)
      }
    }
    if lastReads[task] <= task { drop(task) }
  }

  private mutating func dropAfterStage(_ value: Int, _ task: Int) {
    if lastReads[value] <= task || choices[value] == .transient && !isRead(value, at: task + 1) {
      drop(value)
    }
  }

  private func isRead(_ value: Int, at task: Int) -> Bool {
    var position = readers[value].upperBound
    while position > readers[value].lowerBound {
      position -= 1
      let reader = Int(readers.entries[position])
      if reader <= task { return reader == task }
    }
    return false
  }

  /// Makes the missing values that a task reads, and theirs, in the order of the forward pass.
  private mutating func remake(for task: Int) {
    var missing: [Int] = []
    var stack = [task]
    while let next = stack.popLast() {
      for entry in dependencies[next] {
        let value = Int(dependencies.entries[entry])
        guard value < problem.forwardCount, !isLive[value] else { continue }
        usesInStage[value] += 1
        if usesInStage[value] == 1 {
          missing.append(value)
          stack.append(value)
        }
      }
    }
    guard !missing.isEmpty else { return }
    missing.sort()
    remake(missing, for: task)
  }

  private mutating func remake(_ missing: [Int], for task: Int) {
    for value in missing {
      make(value)
      extraCost += costs[value]
      for entry in dependencies[value] { settle(Int(dependencies.entries[entry]), task) }
    }
    for value in missing { usesInStage[value] = 0 }
  }

  /// Notes that a value made in this stage was read in it.
  private mutating func settle(_ value: Int, _ task: Int) {
    guard usesInStage[value] > 0 else { return }
    usesInStage[value] -= 1
    guard usesInStage[value] == 0 else { return }
    let isDone = lastReads[value] < task
    if isDone || choices[value] == .transient && !isRead(value, at: task + 1) { drop(value) }
  }
}
