/// Puts tasks in the order with the least peak it can find, and proves what it can.
///
/// The tasks are cut where one comes before or after all others; each stretch is solved by itself:
/// a beam search first, then an exact best-first search over sets of finished tasks. Where
/// that does not come to an end, windows of the best order are solved exactly.
public struct OrderSolver: Sendable {
  /// The peak at which to stop; without one the smallest is looked for.
  public var capacity: Int?

  /// The most sets of finished tasks that the exact search looks at, over all stretches.
  public var stateLimit: Int

  /// The most time to spend; none means that only states count.
  public var timeLimit: Duration?

  public init(capacity: Int? = nil, stateLimit: Int = 500_000, timeLimit: Duration? = nil) {
    self.capacity = capacity
    self.stateLimit = stateLimit
    self.timeLimit = timeLimit
  }

  /// Solves a sound problem (``OrderProblem/firstUnsoundTask``).
  ///
  /// Where the order given is as good as any, it is the answer.
  public func solve(_ problem: OrderProblem) -> OrderSolution {
    let deadline = Deadline(instant: timeLimit.map { ContinuousClock.now + $0 })
    var plan = OrderPlan(problem, goal: capacity ?? 0)
    plan.improve(states: stateLimit, until: deadline)
    let peak = plan.peak
    var status: ArenaSolution.Status = peak <= plan.lowerBound ? .optimal : .feasible
    if peak > capacity ?? .max { status = .notFound }
    return OrderSolution(
      order: plan.order, peak: peak, lowerBound: min(plan.lowerBound, peak), status: status,
      states: plan.states, givenPeak: plan.givenPeak)
  }
}
