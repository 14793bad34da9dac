/// A schedule of a training step that runs some tasks again.
public struct RecomputationPlan: Hashable, Sendable {
  /// The tasks, first to last, by index.
  public var schedule: [Int]

  /// The most bytes live at once.
  public var peak: Int

  /// The cost of what runs again, as a share of a step without.
  public var overhead: Double

  /// The share below which no schedule with this peak can go, as far as is known.
  public var overheadBound: Double

  /// Who found it.
  public var planner: String

  /// Whether no schedule with this peak costs less.
  public var isOptimal: Bool { overhead <= overheadBound + 1e-12 }
}

extension RecomputationPlan {
  /// Replays a schedule; `nil` if it is not sound.
  init?(_ schedule: [Int], of problem: RecomputationProblem, by planner: String) {
    guard let replay = problem.replay(schedule) else { return nil }
    let ideal = max(problem.idealCost, .leastNormalMagnitude)
    self.init(
      schedule: schedule, peak: replay.peak,
      overhead: max(0, (replay.cost - problem.idealCost) / ideal),
      overheadBound: 0, planner: planner)
    overheadBound = min(overhead, problem.extraCostBound(within: replay.peak) / ideal)
  }
}

extension [RecomputationPlan] {
  /// The plans that no other one beats, the largest peak first.
  func paretoFront() -> [RecomputationPlan] {
    paretoFront(memory: \.peak, price: \.overhead)
  }
}
