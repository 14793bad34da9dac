import ArgumentParser
import FoundationEssentials
import MemFit
import Synchronization

/// All models below some folders.
struct Scan: AsyncParsableCommand {
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

  func run() async throws {
    let done = Progress()
    let scan = await ProgressLine.during({ done.text }, isQuiet: output.quiet) {
      await MemFit.scan(paths, jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount) {
        done.set($0, of: $1)
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
  private let counts = Mutex((done: 0, all: 0))

  func set(_ done: Int, of all: Int) {
    counts.withLock { $0 = (max($0.done, done), all) }
  }

  var text: String {
    let (done, all) = counts.withLock { $0 }
    return all == 0 ? "memfit: searching" : "memfit: \(done) of \(all) files"
  }
}
