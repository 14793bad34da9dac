public import MemoryAnalysis
public import MemoryPlanning

/// Plans that make a model smaller without changing what it computes.
public struct PlanAnswer: Hashable, Sendable {
  public var arena: PlacedArena?
  public var order: PlannedOrder?
  public var recomputation: [RecomputationChoice]?
  public var patches: [PatchPlan]?

  public init(
    arena: PlacedArena? = nil, order: PlannedOrder? = nil,
    recomputation: [RecomputationChoice]? = nil, patches: [PatchPlan]? = nil
  ) {
    self.arena = arena
    self.order = order
    self.recomputation = recomputation
    self.patches = patches
  }

  /// The plans arranged for reading.
  public func sections(_ style: NumberStyle) -> [Section] {
    PlanSections(answer: self, style: style).sections
  }

  /// Whether a limit that was set could not be kept.
  public var isLimitExceeded: Bool {
    arena?.solution.status == .notFound || order?.solution.status == .notFound
  }
}

/// Buffers with their offsets in one arena.
public struct PlacedArena: Hashable, Sendable {
  public var problem: ArenaProblem
  public var solution: ArenaSolution

  /// The arena that was asked for.
  public var capacity: Int?

  public init(_ problem: ArenaProblem, _ solution: ArenaSolution, capacity: Int? = nil) {
    self.problem = problem
    self.solution = solution
    self.capacity = capacity
  }
}

/// Tasks in a better order, and the arenas before and after.
public struct PlannedOrder: Hashable, Sendable {
  public var solution: OrderSolution

  /// What each task runs.
  public var names: [String]

  /// The arena in the order given; `nil` where offsets were not asked for.
  public var givenArena: ArenaSolution?

  /// The arena in the order found.
  public var arena: ArenaSolution?

  /// Which outputs take over operands.
  public var inPlace: String?

  /// The file that was written.
  public var written: WrittenOrder?

  public init(
    _ solution: OrderSolution, names: [String], givenArena: ArenaSolution? = nil,
    arena: ArenaSolution? = nil, inPlace: String? = nil
  ) {
    self.solution = solution
    self.names = names
    self.givenArena = givenArena
    self.arena = arena
    self.inPlace = inPlace
  }
}

/// A file with its nodes in another order.
public struct WrittenOrder: Hashable, Sendable {
  public var path: String

  /// The peak of the order in which the runtime will run it, and the option that is for.
  public var peak: Int
  public var option: ExecutionOrderOption

  public init(path: String, peak: Int, option: ExecutionOrderOption) {
    self.path = path
    self.peak = peak
    self.option = option
  }
}

/// One point of the frontier of peak memory against extra time.
public struct RecomputationChoice: Hashable, Sendable {
  public var peakBytes: Int

  /// What runs again, as a share of a step without.
  public var overhead: Double

  /// The share below which no plan with this peak can go, where it is known.
  public var overheadBound: Double?
  public var isOptimal: Bool

  /// What runs again: tasks of a file, regions of a model.
  public var recompute: [String]

  /// The multiply-accumulates of what runs again, as a share of a step without, where they are known.
  public var extraWork: Double?

  /// The regions of a model, with what they keep.
  public var regions: [PlannedRegion]?

  /// The tasks in the order in which they run, where they are those of a file.
  public var schedule: [Int]?

  public init(
    peakBytes: Int, overhead: Double, overheadBound: Double? = nil, isOptimal: Bool = false,
    recompute: [String]
  ) {
    self.peakBytes = peakBytes
    self.overhead = overhead
    self.overheadBound = overheadBound
    self.isOptimal = isOptimal
    self.recompute = recompute
  }
}

extension RecomputationChoice {
  /// A plan for the tasks of a file.
  public init(_ plan: RecomputationPlan, of problem: RecomputationProblem) {
    var runs = [Int](repeating: 0, count: problem.tasks.count)
    for task in plan.schedule { runs[task] += 1 }
    self.init(
      peakBytes: plan.peak, overhead: plan.overhead, overheadBound: plan.overheadBound,
      isOptimal: plan.isOptimal,
      recompute: runs.indices.filter { runs[$0] > 1 }.map { problem.tasks[$0].name })
    schedule = plan.schedule
  }
}
