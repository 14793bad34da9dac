import ArgumentParser
import MemFit

/// What a model takes to store.
struct Store: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store",
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

  @Option(
    help: ArgumentHelp("A price of storage.", valueName: "price/unit-period"),
    transform: { try StorageCost(parsing: $0) })
  var cost: StorageCost?

  @Option(help: "How many copies are stored, for --cost.")
  var copies = 1

  @Option(
    help: ArgumentHelp(
      "An amount such as 100MB, or a known limit such as an app store's; repeatable.",
      valueName: "amount|name"),
    completion: .list(SizeLimit.catalog.map(\.name)), transform: { try SizeLimit(parsing: $0) })
  var limit: [SizeLimit] = []

  func validate() throws {
    if copies < 1 { throw ValidationError("--copies must be at least 1, found \(copies)") }
  }

  func run() throws {
    var request = MemFit.Request(sections: [.store])
    if layers { request.details.insert(.layers) }
    if explain { request.details.insert(.explanations) }
    request.cost = cost
    request.cost?.copies = copies
    request.limits = limit
    let report = try model.report(request)
    try model.output.print(report)
    if report.isLimitExceeded { throw LimitExceeded() }
  }
}
