import ArgumentParser
import MemFit

/// What a model takes to run.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Activations, their peak and what is live then, the arena, a device's verdict.",
    discussion: """
      EXAMPLES
        memfit run resnet50 --batch 32
        memfit run model.onnx --runtime onnxruntime --image 320x480
        memfit run model.onnx --set past_length=1024
        memfit run model.onnx --device stm32h743    exit code 1 if it does not fit
        memfit run config.json --context 131072 --kv-type q8_0
        memfit run model.onnx --format json --values
        memfit run mobilenet_v2 --plan --svg arena.svg --header arena.h
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions

  @Flag(help: "Show every value of the graph with its type and shape.")
  var values = false

  @Flag(help: "Say of every figure where it comes from.")
  var explain = false

  @Flag(help: "Place every value in one arena, and look for a better order of the nodes.")
  var plan = false

  @OptionGroup(title: "Files of the plan") var files: ArenaFiles

  func validate() throws {
    guard plan || files.svg == nil && files.header == nil else {
      throw ValidationError("--svg and --header are files of the plan: they need --plan")
    }
  }

  func run() throws {
    var request = try runOptions.applied(to: MemFit.Request(sections: [.run]))
    if values { request.details.insert(.values) }
    if explain { request.details.insert(.explanations) }
    if plan {
      request.sections.insert(.plan)
      request.plan = PlanRequest([.arena, .order])
    }
    let report = try model.report(request)
    if let arena = report.plan?.arena { try files.write(arena, name: report.model.name) }
    try model.output.print(report)
    if report.isLimitExceeded { throw LimitExceeded() }
  }
}
