import ArgumentParser
import MemFit

/// Two models side by side.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Two models side by side, with differences and ratios.",
    discussion: """
      EXAMPLES
        memfit compare resnet50 mobilenet_v2
        memfit compare before.onnx after.onnx --batch 8 --format markdown
      """)

  @Argument(help: "A model file or a built-in architecture.", completion: ModelCompletion.kind)
  var first: String

  @Argument(help: "The model to set beside it.", completion: ModelCompletion.kind)
  var second: String

  @OptionGroup(title: "Sizes") var sizes: SizeOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Option(help: "The runtime that is modelled (default: pytorch; litert for TFLite files).")
  var runtime: Runtime?

  func run() throws {
    let request = MemFit.Request(runtime: runtime)
    let reports = try [first, second].map { try output.report(on: $0, at: sizes, request) }
    try output.print(MemFit.compare(reports[0], reports[1]))
  }
}
