/// One computation of a training step, with the value that it makes.
public struct RecomputationTask: Hashable, Sendable {
  public var name: String
  public var byteCount: Int

  /// The time, in any unit.
  public var cost: Double

  /// The earlier tasks whose values it reads.
  public var dependencies: [Int]

  public init(_ name: String = "", byteCount: Int, cost: Double, dependencies: [Int]) {
    self.name = name
    self.byteCount = max(0, min(byteCount, Buffer.maximumByteCount >> 20))
    self.cost = cost.isFinite ? max(0, cost) : 0
    self.dependencies = dependencies
  }
}

/// A training step in its order: the forward tasks, then the loss and the backward tasks.
///
/// Forward tasks may run again; the others run once each, in the order given.
public struct RecomputationProblem: Hashable, Sendable {
  public var tasks: [RecomputationTask]

  /// How many of the first tasks may run again.
  public var forwardCount: Int

  public init(tasks: [RecomputationTask], forwardCount: Int) {
    self.tasks = tasks
    self.forwardCount = forwardCount
  }

  /// The cost of running every task once.
  public var idealCost: Double { tasks.reduce(0) { $0 + $1.cost } }

  /// The first task that reads one that is not before it.
  public var firstUnsoundTask: Int? {
    tasks.indices.first { index in
      !tasks[index].dependencies.allSatisfy { (0..<index).contains($0) }
    }
  }
}

/// What a schedule takes.
public struct RecomputationCost: Hashable, Sendable {
  /// The most bytes live at once.
  public var peak: Int

  /// The cost of all runs of all tasks.
  public var cost: Double
}

extension RecomputationProblem {
  /// Replays the tasks of a schedule; `nil` if one reads what is not there, or one is left out.
  ///
  /// A value lives from the run that makes it to the last that reads it before it is made again.
  /// This knows of no solver.
  public func replay(_ schedule: [Int]) -> RecomputationCost? {
    guard schedule.allSatisfy(tasks.indices.contains) else { return nil }
    let once = schedule.filter { $0 >= forwardCount }
    guard once == Array(forwardCount..<tasks.count), Set(schedule).count == tasks.count else {
      return nil
    }
    guard let ends = lastReads(schedule) else { return nil }
    var endings = [[Int]](repeating: [], count: schedule.count)
    for (step, end) in ends.enumerated() { endings[end].append(step) }
    var (live, peak, cost) = (0, 0, 0.0)
    for (step, task) in schedule.enumerated() {
      live += tasks[task].byteCount
      peak = max(peak, live)
      cost += tasks[task].cost
      for made in endings[step] { live -= tasks[schedule[made]].byteCount }
    }
    return RecomputationCost(peak: peak, cost: cost)
  }

  /// For each step, the last that reads the value it makes.
  private func lastReads(_ schedule: [Int]) -> [Int]? {
    var makers = [Int](repeating: -1, count: tasks.count)
    var ends = Array(schedule.indices)
    for (step, task) in schedule.enumerated() {
      for read in tasks[task].dependencies {
        guard makers[read] >= 0 else { return nil }
        ends[makers[read]] = step
      }
      makers[task] = step
    }
    return ends
  }
}
