import ArgumentParser
import MemFit

/// The built-in architectures.
struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "The built-in architectures with their parameters and papers.",
    usage: "memfit models [<filter>] [<options>]",
    discussion: """
      EXAMPLES
        memfit models
        memfit models efficientnet
        memfit models --format csv > models.csv
      """)

  @Argument(help: "Show names, families and papers that contain this.")
  var filter: String?

  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let list = output.progress("the built-in architectures") {
      MemFit.models(containing: filter)
    }
    guard !list.models.isEmpty || filter == nil else {
      throw OpenError.notFound(
        argument: filter ?? "", near: ModelZoo.suggestions(for: filter ?? ""))
    }
    try output.print(list)
  }
}
