import ArgumentParser
import MemFit

/// Where figures come from.
struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Where a figure comes from: formula, numbers, origin, certainty.",
    discussion: """
      KEY is the path of a figure in the JSON report, or the beginning of one. Without it, every \
      figure is explained. The order of MODEL and KEY does not matter.

      EXAMPLES
        memfit explain resnet50
        memfit explain resnet50 store.parameters.count
        memfit explain run.peak model.onnx --batch 8
      """)

  @Argument(help: "A model file or a built-in architecture.", completion: ModelCompletion.kind)
  var model: String

  @Argument(help: "The path of a figure in the JSON report.")
  var key: String?

  @OptionGroup(title: "Sizes") var sizes: SizeOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    let (model, key) = ordered
    let request = try runOptions.applied(to: MemFit.Request())
    let report = try output.report(on: model, at: sizes, request)
    try output.print(MemFit.explanations(of: report, key: key))
  }

  /// The model and the key, whichever came first.
  private var ordered: (model: String, key: String?) {
    let isKeyFirst = ["store", "run", "graph"].contains {
      model == $0 || model.hasPrefix("\($0).")
    }
    guard isKeyFirst, let key else { return (model, key) }
    return (key, model)
  }
}
