import ArgumentParser
import MemFit

/// Offsets in one arena for buffers with lifetimes.
struct PlanArena: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "arena",
    abstract: "Offsets in one arena for buffers with lifetimes, from a CSV file.",
    discussion: """
      FILE has the columns id, lower, upper, size and perhaps alignment and \
      offset (fixed), as MiniMalloc reads them; a buffer lives from lower up to, \
      not including, upper.

      EXAMPLES
        memfit plan arena buffers.csv
        memfit plan arena buffers.csv --capacity 1048576    exit code 1 if not found
        memfit plan arena buffers.csv --time 60s --svg arena.svg
        memfit plan arena buffers.csv --format csv > placed.csv
      """)

  @Argument(help: "A CSV file of buffers.", completion: .file(extensions: ["csv"]))
  var file: String

  @Option(help: ArgumentHelp("Stop at an arena of this size.", valueName: "bytes"))
  var capacity: Int?

  @Option(help: ArgumentHelp("Stop searching after this time.", valueName: "seconds"))
  var time = "10s"

  @Option(help: ArgumentHelp("Stop searching after this many steps.", valueName: "count"))
  var steps = 100_000_000

  @Option(help: ArgumentHelp("Draw the arena into this file.", valueName: "file"))
  var svg: String?

  @Flag(help: "Ignore the offsets in the file instead of keeping them.")
  var replan = false

  @OptionGroup(title: "Output") var output: OutputOptions

  func validate() throws {
    guard duration != nil else {
      throw ValidationError("--time takes seconds such as 10s or 0.5, found \(time)")
    }
    guard steps >= 0, capacity ?? 0 >= 0 else {
      throw ValidationError("--steps and --capacity take numbers of at least 0")
    }
  }

  func run() throws {
    let problem = try readProblem()
    let solver = ArenaSolver(capacity: capacity, stepLimit: steps, timeLimit: duration)
    let solution = output.progress(file) { solver.solve(problem) }
    if let svg {
      try OutputFile.write(ArenaPicture(problem, solution.placement).svg, to: svg)
    }
    if output.format == .csv {
      try Terminal.write(ArenaCSV.text(problem, solution.placement), to: .output)
    } else {
      try output.print(ArenaAnswer(file: file, capacity: capacity, problem, solution))
    }
    if solution.status == .notFound { throw LimitExceeded() }
  }

  private func readProblem() throws -> ArenaProblem {
    let bytes = try MappedFile(path: file)
    let text = bytes.withBytes { String(decoding: $0, as: UTF8.self) }
    do throws(ArenaCSVError) {
      return try ArenaCSV.problem(from: text, keepingOffsets: !replan)
    } catch {
      throw ValidationError("\(file): \(error)")
    }
  }

  private var duration: Duration? {
    let digits = time.hasSuffix("s") ? String(time.dropLast()) : time
    guard let seconds = Double(digits), (0...1e6).contains(seconds) else { return nil }
    return .milliseconds(Int(seconds * 1000))
  }
}
