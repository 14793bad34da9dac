import ArgumentParser
import FoundationEssentials
import MemFit
import Synchronization

/// All models below some folders.
struct Scan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan",
    abstract: "All models below folders, or in a list of files, in one table.",
    usage: "memfit scan <path> ... [<options>]",
    discussion: """
      Folders are searched through; links are followed only within them. A file \
      that looks like a model and cannot be read stands in the table with the \
      reason, and the exit code is 2.

      EXAMPLES
        memfit scan ~/models
        memfit scan a.safetensors b.gguf checkpoints/ --format jsonl
        memfit scan . --format csv > models.csv
      """)

  @Argument(help: "Folders and files.", completion: .file())
  var paths: [String]

  @Option(help: "How many files are read at the same time; by default one for each processor.")
  var jobs: Int?

  @OptionGroup(title: "Output") var output: OutputOptions

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs must be at least 1, found \(jobs)") }
  }

  func run() throws {
    let done = Progress()
    let scan = ProgressLine.during({ done.text }, isQuiet: output.quiet) {
      MemFit.scan(paths, jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount) {
        done.set($0)
      }
    }
    try output.print(scan)
    if scan.failureCount > 0 { throw SomeUnreadable() }
  }
}

/// Some of several models could not be read, as the answer says.
struct SomeUnreadable: Error {}

/// How many files are done, for the progress line.
private final class Progress: Sendable {
  private let last = Mutex<ScanProgress?>(nil)

  func set(_ progress: ScanProgress) {
    last.withLock { last in
      // Several threads tell; who counted first may come last.
      if progress.doneCount > last?.doneCount ?? 0 { last = progress }
    }
  }

  var text: String {
    guard let last = last.withLock({ $0 }) else { return "memfit: searching" }
    return "memfit: \(last.doneCount) of \(last.count) files, models of \(last.modelBytes)"
  }
}
