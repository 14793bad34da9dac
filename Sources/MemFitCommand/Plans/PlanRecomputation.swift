import ArgumentParser
import MemFit

/// The frontier of peak memory against extra time.
struct PlanRecomputation: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recomputation",
    abstract: "What to compute again in a training step: peak memory against extra time.",
    discussion: """
      Of a model, runs of calls are chosen, or modules, as torch.utils.checkpoint \
      computes them again; every plan is replayed by the training executor. The extra time follows from the device's \
      peak rates. A JSON file of a step has the lists mem (bytes that each task makes), \
      cost and deps (the earlier tasks it reads), and n_fwd: how many of the first may \
      run again.

      EXAMPLES
        memfit plan recomputation resnet50 --batch 32
        memfit plan recomputation resnet50 --batch 32 --budget 2000000000 \\
          --python recompute.py
        memfit plan recomputation step.json --budget 500000000 --format json
      """)

  @Argument(help: "A model, or a JSON file of a step.", completion: ModelCompletion.kind)
  var model: String

  @Option(help: ArgumentHelp("Plan for a peak of this many bytes alone.", valueName: "bytes"))
  var budget: Int?

  @Option(
    help: "What running again is said to cost: the device's time, or multiply-accumulates.")
  var price = RecomputationPrice.time

  @Option(
    help: """
      Where parts to compute again begin and end: before or after any call, in a model that torch.fx can trace, \
      or around modules. Models that read tokens are taken to be beyond torch.fx.
      """)
  var form: RegionForm?

  @Option(
    help: ArgumentHelp(
      """
      Write the plan for the budget as code for PyTorch; without a budget, every \
      plan into a folder, which is made if need be, plan-1.py and so on.
      """, valueName: "file"),
    completion: .file(extensions: ["py"]))
  var python: String?

  @Option(
    help: "The GPU to train on, whose rates tell the extra time (memfit devices).",
    completion: .list(Device.catalog.map(\.name)))
  var device = MemFit.defaultTrainingDevice

  @OptionGroup(title: "Training") var trainOptions: TrainOptions
  @OptionGroup(title: "Sizes") var sizes: SizeOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func validate() throws {
    guard budget ?? 0 >= 0 else {
      throw ValidationError("--budget takes a number of at least 0")
    }
  }

  func run() throws {
    if let file = try PlanFile(path: model) { try run(file) } else { try runModel() }
  }

  private func runModel() throws {
    var request = MemFit.Request(
      device: try MemFit.device(named: device), training: try trainOptions.request())
    let (report, plans) = try output.withModel(model) { opened in
      request.bindings = try sizes.bindings(for: opened)
      return try MemFit.recomputation(on: opened, request, price: price, form: form, within: budget)
    }
    if let python { try write(plans, of: report.model.name, to: python) }
    try output.print(report)
    if plans.isEmpty { throw LimitExceeded() }
  }

  private func write(_ plans: [RegionPlan], of name: String, to path: String) throws {
    if budget == nil { try Terminal.makeFolder(path) }
    for (index, plan) in plans.enumerated() {
      let code = CheckpointCode(plan, model: name)
      let file = budget == nil ? "\(path)/plan-\(index + 1).py" : path
      try Terminal.write(Array(code.text.utf8), toFile: file)
    }
  }

  private func run(_ file: PlanFile) throws {
    let problem = try file.recomputationProblem()
    let solver = RecomputationSolver(timeLimit: .seconds(10))
    let plans = output.progress(model) {
      budget.map { [solver.plan(problem, within: $0)].compactMap(\.self) }
        ?? solver.frontier(problem)
    }
    try output.print(
      PlanFileAnswer(
        file: model, contents: "\(problem.tasks.count) tasks",
        plan: PlanAnswer(recomputation: plans.map { RecomputationChoice($0, of: problem) })))
    if plans.isEmpty { throw LimitExceeded() }
  }
}
