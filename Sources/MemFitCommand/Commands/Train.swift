import ArgumentParser
import MemFit

/// What one training step takes.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "One training step: weights, gradients, optimizer, activations, the largest batch.",
    discussion: """
      EXAMPLES
        memfit train resnet50 --batch 32 --optimizer adam --device v100-16gb
        memfit train gpt2 --batch 8 --sequence 512 --optimizer adamw
        memfit train vit_b_16 --batch 64 --optimizer sgd:momentum --format json
        memfit train resnet50 --batch 32 --snapshot step.pickle
          (open it at https://pytorch.org/memory_viz, or
          python -m torch.cuda._memory_viz stats step.pickle)
        memfit train resnet50 --batch 32 --chrome-trace step.json
          (open it at https://ui.perfetto.dev)
      """)

  @OptionGroup var model: ModelOptions
  @Option(
    help: "The GPU to train on (memfit devices); exit code 1 if it does not fit.",
    completion: .list(Device.catalog.map(\.name)))
  var device = MemFit.defaultTrainingDevice

  @OptionGroup(title: "Training") var trainOptions: TrainOptions
  @OptionGroup(title: "Files for other tools") var recording: RecordingOptions

  @Flag(help: "Say of every figure where it comes from.")
  var explain = false

  func run() throws {
    var request = MemFit.Request(
      sections: [.train], device: try MemFit.device(named: device),
      training: try trainOptions.request())
    if explain { request.details.insert(.explanations) }
    request.details.formUnion(model.output.format.details)
    let (report, opened) = try model.output.withModel(model.model) { opened in
      request.bindings = try model.sizes.bindings(for: opened)
      return (try MemFit.report(on: opened, request), opened)
    }
    try model.output.print(report)
    try recording.write(opened, request)
    if report.isLimitExceeded { throw LimitExceeded() }
  }
}
