import ArgumentParser
import MemFit

/// The frontier of peak memory against extra time.
struct PlanRecomputation: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recomputation",
    abstract: "What to compute again in a training step: peak memory against extra time.",
    discussion: """
      A JSON file of a step has the lists mem (bytes that each task makes), cost and \
      deps (the earlier tasks it reads), and n_fwd: how many of the first may run \
      again.

      EXAMPLES
        memfit plan recomputation step.json
        memfit plan recomputation step.json --budget 500000000 --format json
      """)

  @Argument(help: "A JSON file of a training step.", completion: .file(extensions: ["json"]))
  var model: String

  @Option(help: ArgumentHelp("Plan for this many bytes alone.", valueName: "bytes"))
  var budget: Int?

  @Option(help: ArgumentHelp("Stop searching after this time.", valueName: "seconds"))
  var time = 10.0

  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let problem = try PlanFile(path: model).recomputationProblem()
    let solver = RecomputationSolver(timeLimit: .milliseconds(Int(max(0, min(time, 1e6)) * 1000)))
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
