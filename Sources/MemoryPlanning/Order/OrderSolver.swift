/// Puts tasks in the order with the least peak it can find, and proves what it can.
///
/// The tasks are cut where one comes before or after all others; each stretch is solved by itself:
/// a beam search first, then an exact best-first search over sets of finished tasks. Where
/// that does not come to an end, windows of the best order are solved exactly. Sources that one task alone
/// needs run just before it.
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
    let rest = LoneSources(problem)
    var plan = OrderPlan(rest.problem, goal: capacity ?? 0)
    plan.improve(states: stateLimit, until: deadline)
    let given = Array(problem.tasks.indices)
    let givenPeak = problem.peak(of: given) ?? .max
    var (order, peak) = (rest.expanded(plan.order), givenPeak)
    if let found = problem.peak(of: order), found < givenPeak {
      peak = found
    } else {
      order = given
    }
    var status: ArenaSolution.Status = peak <= plan.lowerBound ? .optimal : .feasible
    if peak > capacity ?? .max { status = .notFound }
    return OrderSolution(
      order: order, peak: peak, lowerBound: min(plan.lowerBound, peak), status: status,
      states: plan.states, givenPeak: givenPeak)
  }
}
