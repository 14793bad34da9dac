/// Finds what to run again so that a training step keeps to a budget, at the least cost.
///
/// Two ways, of which the cheaper plan counts: a dynamic programme over frontiers, which is at
/// home where the budget is tight, and a search over what stays live, which is where it is loose.
public struct RecomputationSolver: Sendable {
  /// The trials of the search for each budget; by default as many as take about a third of a second.
  public var trials: Int?

  /// The budgets that the dynamic programme tells apart.
  public var levels: Int

  public var timeLimit: Duration?

  public init(trials: Int? = nil, levels: Int = 1000, timeLimit: Duration? = nil) {
    self.trials = trials
    self.levels = max(1, levels)
    self.timeLimit = timeLimit
  }

  /// The cheapest plan found for a sound problem that keeps to a budget; `nil` if none was.
  ///
  /// That none was found proves nothing unless the budget is below the working set.
  public func plan(_ problem: RecomputationProblem, within budget: Int) -> RecomputationPlan? {
    let deadline = Deadline(instant: timeLimit.map { ContinuousClock.now + $0 })
    var plans = [keepingAll(problem)].compactMap(\.self)
    plans += frontierPlans(problem, upTo: budget, count: 3)
    plans += searched(problem, within: budget, until: deadline)
    return plans.filter { $0.peak <= budget }.paretoFront().first.map { best in
      var best = best
      let ideal = max(problem.idealCost, .leastNormalMagnitude)
      best.overheadBound = min(best.overhead, problem.extraCostBound(within: budget) / ideal)
      return best
    }
  }

  /// Plans of which none beats another in peak and overhead, the largest peak first.
  public func frontier(_ problem: RecomputationProblem, searchedBudgets: Int = 6)
    -> [RecomputationPlan]
  {
    let deadline = Deadline(instant: timeLimit.map { ContinuousClock.now + $0 })
    guard let all = keepingAll(problem) else { return [] }
    var plans = [all] + frontierPlans(problem, upTo: all.peak, count: .max)
    let least = plans.map(\.peak).min() ?? all.peak
    plans += frontierPlans(problem, upTo: least + least / 16, count: 64)
    for index in 0..<searchedBudgets where !deadline.hasPassed {
      let share = (all.peak - least) / (searchedBudgets + 1)
      plans += searched(problem, within: all.peak - share * (index + 1), until: deadline)
    }
    return plans.paretoFront()
  }

  private func keepingAll(_ problem: RecomputationProblem) -> RecomputationPlan? {
    RecomputationPlan(Array(problem.tasks.indices), of: problem, by: "everything kept")
  }

  private func frontierPlans(
    _ problem: RecomputationProblem, upTo bytes: Int, count: Int
  ) -> [RecomputationPlan] {
    guard let graph = MirroredGraph(problem),
      let programme = FrontierProgramme(graph, upTo: bytes, levels: levels)
    else { return [] }
    return programme.usefulLevels.prefix(count).compactMap {
      RecomputationPlan(programme.schedule(at: $0), of: problem, by: "frontier programme")
    }
  }

  private func searched(
    _ problem: RecomputationProblem, within budget: Int, until deadline: Deadline
  ) -> [RecomputationPlan] {
    guard var search = RetentionSearch(problem, budget: budget) else { return [] }
    let size = max(1, problem.tasks.map(\.dependencies.count).reduce(problem.tasks.count, +))
    let found = search.schedule(trials: trials ?? 40_000_000 / size, until: deadline)
    return [found.flatMap { RecomputationPlan($0, of: problem, by: "retention search") }]
      .compactMap(\.self)
  }
}
