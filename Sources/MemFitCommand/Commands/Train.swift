import ArgumentParser
import MemFit

/// What one training step takes.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "One training step: weights, gradients, optimizer, activations, the largest batch.",
    discussion: """
      EXAMPLES
        memfit train resnet50 --batch 32 --optimizer adam --device v100-16gb
        memfit train gpt2 --batch 8 --sequence 512 --optimizer adamw
        memfit train vit_b_16 --batch 64 --optimizer sgd:momentum --format json
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup(title: "Training") var trainOptions: TrainOptions

  @Flag(help: "Say of every figure where it comes from.")
  var explain = false

  func run() throws {
    var request = MemFit.Request(
      sections: [.train], device: try MemFit.device(named: trainOptions.device),
      training: trainOptions.request)
    if explain { request.details.insert(.explanations) }
    let report = try model.report(request)
    try model.output.print(report)
    if report.isLimitExceeded { throw LimitExceeded() }
  }
}
