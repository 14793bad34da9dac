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

  @Option(help: "The most parameters.", transform: Quantity.count)
  var maxParameters: Int?

  @Option(help: "The most bytes of all tensors, or of parameters in --type.", transform: bytes)
  var maxSize: ByteCount?

  @Option(help: "The data type that --max-size is about.")
  var type: DataType?

  @Option(help: "The most bytes of all activations together.", transform: bytes)
  var maxActivations: ByteCount?

  @Option(help: "The most bytes of activations live at once.", transform: bytes)
  var maxPeak: ByteCount?

  @Option(help: "The most bytes of the planned arena.", transform: bytes)
  var maxArena: ByteCount?

  @OptionGroup(title: "Run") var runOptions: RunOptions

  func validate() throws {
    guard type == nil || maxSize != nil else {
      throw ValidationError("--type says what --max-size is about; give --max-size too")
    }
    let amounts = [maxSize, maxActivations, maxPeak, maxArena]
    let isEmpty = amounts.allSatisfy { $0 == nil } && maxParameters == nil
    guard !isEmpty || runOptions.device != nil else {
      throw ValidationError("no limit is given; expected one such as --max-size 100MB")
    }
  }

  func run() throws {
    let device = try runOptions.chosenDevice()
    let report = try model.report(
      MemFit.Request(runtime: runOptions.runtime, device: device))
    var check = MemFit.check(report, ceilings)
    check.add(report.run?.device, needed: device != nil)
    let holds = check.holds
    if model.output.quiet { check.limits.removeAll(where: \.holds) }
    if !(model.output.quiet && holds) { model.output.print(check) }
    if !holds { throw LimitExceeded() }
  }

  private var ceilings: [MemFit.Ceiling] {
    let size = type.map(ReportFigure.size) ?? .stored
    let all: [(figure: ReportFigure, limit: Int?)] = [
      (.parameters, maxParameters), (size, maxSize?.value),
      (.activations, maxActivations?.value), (.peak, maxPeak?.value),
      (.arena, maxArena?.value),
    ]
    return all.compactMap { figure, limit in
      limit.map { MemFit.Ceiling(figure, atMost: $0) }
    }
  }

  @Sendable private static func bytes(_ text: String) throws -> ByteCount {
    try ByteCount(parsing: text)
  }
}

extension DataType: @retroactive ExpressibleByArgument {}
