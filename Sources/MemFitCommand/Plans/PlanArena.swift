import ArgumentParser
import MemFit

/// Offsets in one arena for buffers with lifetimes.
struct PlanArena: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "arena",
    abstract: "Offsets in one arena, of a model's activations or of buffers in a CSV file.",
    discussion: """
      A CSV file has the columns id, lower, upper, size and perhaps alignment and \
      offset (fixed), as MiniMalloc reads them; a buffer lives from lower up to, \
      not including, upper. Of a model, what its nodes make is placed; the graph's \
      inputs and outputs are the caller's.

      EXAMPLES
        memfit plan arena mobilenet_v2 --alignment 16 --header arena.h
        memfit plan arena buffers.csv
        memfit plan arena buffers.csv --capacity 1048576    exit code 1 if not found
        memfit plan arena buffers.csv --time 60s --svg arena.svg
        memfit plan arena buffers.csv --format csv > placed.csv
      """)

  @Argument(help: "A model, or a CSV file of buffers.", completion: ModelCompletion.kind)
  var model: String

  @OptionGroup(title: "Planning") var plan: PlanOptions

  @Option(help: ArgumentHelp("The divisor of every offset.", valueName: "bytes"))
  var alignment = 1

  @Option(help: ArgumentHelp("Stop searching after this many steps.", valueName: "count"))
  var steps: Int?

  @Flag(help: "Ignore the offsets in the file instead of keeping them.")
  var replan = false

  @OptionGroup(title: "Files for other tools") var files: ArenaFiles
  @OptionGroup(title: "Sizes") var sizes: SizeOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func validate() throws {
    guard steps ?? 0 >= 0, alignment >= 1 else {
      throw ValidationError("--steps takes a number of at least 0, --alignment of at least 1")
    }
  }

  func run() throws {
    try model.lowercased().hasSuffix(".csv") ? runFile() : runModel()
  }

  private func runModel() throws {
    var request = plan.request([.arena])
    request.plan.alignment = alignment
    if let steps { request.plan.arenaSteps = steps }
    let report = try output.report(on: model, at: sizes, request)
    guard let arena = report.plan?.arena else { return }
    try files.write(arena, name: report.model.name)
    if output.format == .csv {
      try Terminal.write(
        ArenaCSV.text(arena.problem, arena.solution.placement), to: .output)
    } else {
      try output.print(report)
    }
    if report.isLimitExceeded { throw LimitExceeded() }
  }

  private func runFile() throws {
    let problem = try readProblem()
    let solver = ArenaSolver(
      capacity: plan.capacity, stepLimit: steps ?? 100_000_000, timeLimit: plan.duration)
    let solution = output.progress(model) { solver.solve(problem) }
    let arena = PlacedArena(problem, solution, capacity: plan.capacity)
    try files.write(arena, name: model)
    if output.format == .csv {
      try Terminal.write(ArenaCSV.text(problem, solution.placement), to: .output)
    } else {
      try output.print(
        PlanFileAnswer(
          file: model, contents: "\(problem.items.count) buffers", plan: PlanAnswer(arena: arena)))
    }
    if solution.status == .notFound { throw LimitExceeded() }
  }

  private func readProblem() throws -> ArenaProblem {
    let bytes = try MappedFile(path: model)
    let text = bytes.withBytes { String(decoding: $0, as: UTF8.self) }
    do throws(ArenaCSVError) {
      return try ArenaCSV.problem(from: text, keepingOffsets: !replan)
    } catch {
      throw ValidationError("\(model): \(error)")
    }
  }
}
