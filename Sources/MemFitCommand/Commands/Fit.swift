import ArgumentParser
import MemFit

/// What to change so that a model fits.
struct Fit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "The smallest changes that make it fit a device, and the largest batch that does.",
    discussion: """
      Each change is put through the same executor as train and run, then combinations of \
      them, the cheapest first. Every proposal is a command line that can be run as it stands.

      EXAMPLES
        memfit fit resnet50 --batch 256 --device v100-16gb
        memfit fit gpt2 --batch 16 --sequence 1024 --device rtx-3060-12gb --keep batch
        memfit fit vit_b_16 --batch 64 --device t4 --max batch --max image
        memfit fit config.json --goal run --device rtx-4090 --max context
        memfit fit model.gguf --device rtx-3060-12gb --context 32768
        memfit fit mobilenet_v2 --device stm32h743 --format json

      EXIT CODES
        0 it fits, or a change was found that makes it fit; 1 nothing that was tried does;
        2 could not be done.
      """)

  @OptionGroup var model: ModelOptions

  @Option(
    help: "The device to fit (memfit devices).", completion: .list(Device.catalog.map(\.name)))
  var device = MemFit.defaultTrainingDevice

  @Option(help: "Whether to train or to run; to train where model and device know how.")
  var goal: FitAnswer.Goal?

  @Option(
    help: ArgumentHelp(
      "What may not be changed; repeatable, or several after commas.", valueName: "what"),
    completion: .list(FitAxis.allCases.map(\.rawValue)))
  var keep: [FitAxisList] = []

  @Option(help: "A size whose largest value to find; repeatable.")
  var max: [FitAnswer.Limit.Axis] = []

  @OptionGroup(title: "Training") var trainOptions: TrainOptions
  @OptionGroup(title: "Run") var settings: RunSettingOptions

  func run() throws {
    var request = try settings.applied(
      to: MemFit.Request(
        device: try MemFit.device(named: device), training: try trainOptions.request()))
    request.fit.goal = goal
    request.fit.kept = Set(keep.flatMap(\.axes))
    request.fit.limits = Set(max)
    request.fit.repeatedArguments = model.sizes.inputs.flatMap {
      ["--input", "\($0.name)=\($0.path)"]
    }
    let report = try model.output.withModel(model.model) { opened in
      request.bindings = try model.sizes.bindings(for: opened)
      return try MemFit.fit(opened, request)
    }
    try model.output.print(report)
    if report.isLimitExceeded { throw LimitExceeded() }
  }
}

/// Some of what can be changed, with commas between.
struct FitAxisList: ExpressibleByArgument, Hashable {
  var axes: [FitAxis]

  init?(argument: String) {
    var axes: [FitAxis] = []
    for name in argument.split(separator: ",") {
      guard let axis = FitAxis(rawValue: String(name)) else { return nil }
      axes.append(axis)
    }
    guard !axes.isEmpty else { return nil }
    self.axes = axes
  }

  static var allValueStrings: [String] { FitAxis.allCases.map(\.rawValue) }
}
