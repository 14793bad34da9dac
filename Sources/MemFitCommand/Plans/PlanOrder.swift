import ArgumentParser
import MemFit

/// The execution order with the least peak.
struct PlanOrder: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "order",
    abstract: "The execution order with the least peak, and the arena it needs.",
    discussion: """
      A JSON file of tasks has the lists size (bytes that each task makes) and preds \
      (the earlier tasks it reads), and perhaps nodes (their names). With --write, \
      an ONNX file is written with its nodes in the better order; weights are \
      copied as they are.

      EXAMPLES
        memfit plan order model.onnx --runtime onnxruntime
        memfit plan order model.onnx --runtime onnxruntime --write better.onnx
        memfit plan order model.onnx --write better.onnx \\
          --execution-order priority-based
        memfit plan order googlenet --in-place openvino
        memfit plan order tasks.json --states 1000000 --format json
      """)

  @Argument(help: "A model, or a JSON file of tasks.", completion: ModelCompletion.kind)
  var model: String

  @OptionGroup(title: "Planning") var plan: PlanOptions

  @Option(
    help: ArgumentHelp("Stop after looking at this many sets of tasks.", valueName: "count"))
  var states = 500_000

  @Option(
    help: ArgumentHelp(
      "Write the ONNX file with its nodes in the better order.", valueName: "file"),
    completion: .file(extensions: ["onnx"]))
  var write: String?

  @Option(help: "The option of ONNX Runtime's session that the file is written for.")
  var executionOrder = ExecutionOrderOption.default

  @OptionGroup(title: "Sizes") var sizes: SizeOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func validate() throws {
    guard states >= 0 else { throw ValidationError("--states takes a number of at least 0") }
  }

  func run() throws {
    if let file = try PlanFile(path: model) { try run(file) } else { try runModel() }
  }

  private func runModel() throws {
    var request = plan.request([.order])
    request.plan.orderStates = states
    let report = try output.withModel(model) { opened in
      request.bindings = try sizes.bindings(for: opened)
      var report = try MemFit.report(on: opened, request)
      if let write, let order = report.plan?.order?.solution.order {
        report.plan?.order?.written = try MemFit.write(
          opened, request, running: order, executionOrder, to: write)
      }
      return report
    }
    try output.print(report)
    if report.isLimitExceeded { throw LimitExceeded() }
  }

  private func run(_ file: PlanFile) throws {
    let (problem, names) = try file.orderProblem()
    let solver = OrderSolver(
      capacity: plan.capacity, stateLimit: states, timeLimit: plan.duration)
    let solution = output.progress(model) { solver.solve(problem) }
    try output.print(
      PlanFileAnswer(
        file: model, contents: "\(problem.tasks.count) tasks",
        plan: PlanAnswer(order: PlannedOrder(solution, names: names))))
    if solution.status == .notFound { throw LimitExceeded() }
  }
}
