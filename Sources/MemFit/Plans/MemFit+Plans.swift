import MemoryAnalysis
import MemoryPlanning
public import ModelGraph
public import Reports

extension MemFit {
  /// The graph of a model at the requested sizes, its nodes in the order in which the runtime runs them.
  ///
  /// - Throws: ``BindingError`` for wrong sizes, ``PlanError`` if the model has no graph.
  public static func graph(of model: Model, _ request: Request) throws -> Graph {
    guard let graph = try model.graph?.bind(request.bindings).graph else {
      throw PlanError.noGraph(format: model.format)
    }
    return graph.inOrder(of: try request.runtime(for: model))
  }

  /// Makes the plans that are asked for a graph.
  public static func plan(_ graph: Graph, _ request: Request) -> PlanAnswer {
    var answer = PlanAnswer()
    let ordered = graph.inOrder(of: request.plannedRuntime)
    if request.plan.kinds.contains(.order) { answer.order = order(ordered, request) }
    if request.plan.kinds.contains(.arena) { answer.arena = arena(ordered, request) }
    if request.plan.kinds.contains(.patches) {
      let bytes = request.plan.activationType.map { max(1, $0.byteCount(ofElements: 1).value) }
      answer.patches = PatchPlanner(ordered, elementBytes: bytes).plans()
    }
    return answer
  }

  private static func arena(_ graph: Graph, _ request: Request) -> PlacedArena {
    let problem = ArenaProblem(
      graph, runtime: request.plannedRuntime, inPlace: request.inPlaceRule,
      alignment: request.plan.alignment)
    let solver = ArenaSolver(
      capacity: request.plan.capacity, stepLimit: request.plan.arenaSteps,
      timeLimit: request.plan.timeLimit)
    return PlacedArena(problem, solver.solve(problem), capacity: request.plan.capacity)
  }

  private static func order(_ graph: Graph, _ request: Request) -> PlannedOrder {
    let rule = request.inPlaceRule
    let ordering = GraphOrdering(graph, runtime: request.plannedRuntime, inPlace: rule)
    let solver = OrderSolver(
      capacity: request.plan.capacity, stateLimit: request.plan.orderStates,
      timeLimit: request.plan.timeLimit)
    let solution = solver.solve(ordering.problem)
    return PlannedOrder(
      solution, names: ordering.names, givenArena: arena(graph, request).solution,
      arena: arena(ordering.graph(in: solution.order), request).solution,
      inPlace: rule.rawValue)
  }
}

extension MemFit.Request {
  /// The graph in the types and in the order in which it is to run.
  func arranged(_ graph: Graph) -> Graph {
    let typed = graph.computing(in: activationType)
    guard ordersNodes, !typed.nodes.isEmpty else { return typed }
    let ordering = GraphOrdering(typed, runtime: plannedRuntime, inPlace: inPlaceRule)
    // Without a limit of time, so that the answer is always the same.
    let solver = OrderSolver(capacity: nil, stateLimit: 20_000, timeLimit: nil)
    return ordering.graph(in: solver.solve(ordering.problem).order)
  }

  /// The same request for an arena to look at, with no more work than a page is worth.
  var shortlyPlanned: MemFit.Request {
    var request = self
    request.plan = PlanRequest([.arena])
    request.plan.arenaSteps = 1000
    request.plan.timeLimit = .milliseconds(500)
    return request
  }

  /// The runtime whose views and operators in place plans follow.
  var plannedRuntime: Runtime { runtime ?? .pytorch }

  var inPlaceRule: InPlaceRule { plan.inPlace ?? InPlaceRule(plannedRuntime) }
}
