/// Places items in the smallest arena it can, and proves what it can.
///
/// Greedy planners come first; where their arena is as small as the busiest step, that proves it.
/// Otherwise an exact search asks for smaller and smaller arenas, for each group of items
/// that are linked in time by themselves. The same problem and the same number of steps give the
/// same answer; only a time limit can make a difference.
public struct ArenaSolver: Sendable {
  /// The size at which to stop; without one the smallest arena is looked for.
  public var capacity: Int?

  /// The most steps of the exact search, over all parts and arena sizes.
  public var stepLimit: Int

  /// The most time to spend; none means that only steps count.
  public var timeLimit: Duration?

  public init(capacity: Int? = nil, stepLimit: Int = 2_000_000, timeLimit: Duration? = nil) {
    self.capacity = capacity
    self.stepLimit = stepLimit
    self.timeLimit = timeLimit
  }

  /// The pairs of items that live together beyond which the exact search is not tried.
  static let maximumPairCount = 4_000_000

  public func solve(_ problem: ArenaProblem) -> ArenaSolution {
    let (items, groups) = problem.merged
    var plan = ArenaPlan(items, lowerBound: problem.lowerBound)
    let deadline = Deadline(instant: timeLimit.map { ContinuousClock.now + $0 })
    if plan.canBePlaced {
      plan.placeGreedily(until: goal(of: plan))
      refine(&plan, until: deadline)
    }
    let offsets = problem.items.indices.map { plan.offsets[groups[$0]] }
    let placement = Placement(
      buffers: problem.items.map(\.buffer), offsets: offsets, planner: plan.planner)
    return ArenaSolution(
      placement: placement, lowerBound: plan.lowerBound, status: status(of: plan, placement),
      steps: plan.steps)
  }

  /// The arena size that needs no improvement.
  private func goal(of plan: ArenaPlan) -> Int { max(plan.lowerBound, capacity ?? 0) }

  private func status(of plan: ArenaPlan, _ placement: Placement) -> ArenaSolution.Status {
    let height = placement.arenaByteCount
    guard plan.canBePlaced, height <= capacity ?? .max else { return .notFound }
    return height <= plan.lowerBound ? .optimal : .feasible
  }

  /// Searches each part that is higher than the goal, the steps shared among those left.
  private func refine(_ plan: inout ArenaPlan, until deadline: Deadline) {
    guard plan.height > goal(of: plan) else { return }
    let parts = plan.independentParts()
    for (index, part) in parts.enumerated() where plan.height(of: part) > goal(of: plan) {
      guard plan.steps < stepLimit, !deadline.hasPassed else { return }
      let share = (stepLimit - plan.steps) / (parts.count - index)
      var refinement = PartRefinement(part, of: plan, floor: goal(of: plan))
      refinement?.run(steps: share, until: deadline)
      if let refinement { plan.adopt(refinement) }
    }
  }
}
