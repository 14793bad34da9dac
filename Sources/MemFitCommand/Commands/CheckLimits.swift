import ArgumentParser
import MemFit

/// Limits for continuous integration.
struct CheckLimits: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Hold a model against limits; exit code 1 if one is exceeded.",
    discussion: """
      Amounts are written as 100MB, 256KiB or 4096, numbers as 5M or 5,000,000. A figure that \
      cannot be known counts as exceeding its limit. With --quiet only exceeded limits are shown.

      EXAMPLES
        memfit check model.onnx --max-parameters 5M
        memfit check model.onnx --max-size 2MB --type int8 --max-arena 256KiB
        memfit check model.onnx --batch 8 --device v100-16gb
      """)

  @OptionGroup var model: ModelOptions
  @OptionGroup(title: "Limits") var limits: LimitOptions
  @OptionGroup(title: "Run") var runOptions: RunOptions

  func validate() throws {
    guard !limits.isEmpty || runOptions.device != nil else {
      throw ValidationError("no limit is given; expected one such as --max-size 100MB")
    }
  }

  func run() throws {
    let device = try runOptions.chosenDevice()
    let report = try model.report(
      MemFit.Request(runtime: runOptions.runtime, device: device))
    var check = MemFit.check(report, try limits.ceilings(for: report))
    if let device { check.add(report.run?.device, on: device) }
    let holds = check.holds
    if model.output.quiet { check.limits.removeAll(where: \.holds) }
    if !(model.output.quiet && holds) { try model.output.print(check) }
    if !holds { throw LimitExceeded() }
  }
}
