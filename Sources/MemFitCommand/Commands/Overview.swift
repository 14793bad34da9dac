import ArgumentParser
import MemFit

/// Everything about a model on one screen.
struct Overview: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Everything about a model on one screen; what memfit MODEL does.",
    discussion: """
      EXAMPLES
        memfit resnet50
        memfit model.onnx --batch 8 --device stm32h743
        memfit model.onnx --format json --layers --values > report.json
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup(title: "What to show") var details: DetailOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions

  func run() throws {
    let request = try runOptions.applied(to: MemFit.Request(details: details.all))
    let report = try model.report(request)
    try model.output.print(report)
    if report.isLimitExceeded { throw LimitExceeded() }
  }
}
