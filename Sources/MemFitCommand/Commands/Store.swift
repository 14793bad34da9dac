import ArgumentParser
import MemFit

/// What a model takes to store.
struct Store: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Parameters by layer and kind of layer, sizes in each data type, cost, limits.",
    discussion: """
      EXAMPLES
        memfit store resnet50
        memfit store model.onnx --layers
        memfit store gpt2 --cost 0.023/GB-month --copies 1000
        memfit store mobilenet_v2 --limit 10MB    exit code 1 if it is larger
        memfit store resnet50 --format json --explain
      """)

  @OptionGroup var model: ModelOptions

  @Flag(help: "Show every layer, not only the largest.")
  var layers = false

  @Flag(help: "Say of every figure where it comes from.")
  var explain = false

  @Option(help: ArgumentHelp("A price of storage.", valueName: "PRICE/UNIT-PERIOD"))
  var cost: String?

  @Option(help: "How many copies are stored, for --cost.")
  var copies = 1

  @Option(
    help: ArgumentHelp(
      "An amount such as 100MB, or a known limit such as an app store's; repeatable.",
      valueName: "LIMIT"),
    completion: .list(SizeLimit.catalog.map(\.name)))
  var limit: [String] = []

  func run() throws {
    var request = MemFit.Request(sections: [.store])
    if layers { request.details.insert(.layers) }
    if explain { request.details.insert(.explanations) }
    request.cost = try cost.map { try StorageCost(parsing: $0, copies: copies) }
    request.limits = try limit.map { try SizeLimit(parsing: $0) }
    let report = try model.report(request)
    model.output.print(report)
    if report.isLimitExceeded { throw LimitExceeded() }
  }
}
