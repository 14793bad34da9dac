import ArgumentParser
import MemFit

/// The most that figures may be.
struct LimitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The most parameters.", valueName: "number"), transform: Quantity.count)
  var maxParameters: Int?

  @Option(
    help: ArgumentHelp(
      "The most bytes of all tensors, or of parameters in --type.", valueName: "amount"),
    transform: bytes)
  var maxSize: ByteCount?

  @Option(
    help: ArgumentHelp(
      "The data type that --max-size is about, such as int8, float16 or q4_K.",
      valueName: "data type"),
    completion: .list(DataType.allCases.map(\.rawValue)))
  var type: DataType?

  @Option(
    help: ArgumentHelp("The most bytes of all activations together.", valueName: "amount"),
    transform: bytes)
  var maxActivations: ByteCount?

  @Option(
    help: ArgumentHelp("The most bytes of activations live at once.", valueName: "amount"),
    transform: bytes)
  var maxPeak: ByteCount?

  @Option(
    help: ArgumentHelp("The most bytes of the planned arena.", valueName: "amount"),
    transform: bytes)
  var maxArena: ByteCount?

  @Option(
    help: ArgumentHelp(
      "The most bytes that PyTorch reserves in a training step.", valueName: "amount"),
    transform: bytes)
  var maxTrainPeak: ByteCount?

  @Option(
    name: .customLong("max"),
    help: ArgumentHelp(
      "The most that any figure of the JSON report may be; repeatable.",
      valueName: "key=amount"),
    transform: NamedAmount.init(text:))
  var others: [NamedAmount] = []

  @Option(
    help: ArgumentHelp(
      "A JSON report whose figures may not be exceeded.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var baseline: String?

  @Option(
    help: ArgumentHelp(
      "By how much figures of the baseline may be exceeded, such as 2%.", valueName: "share"),
    transform: Share.init(text:))
  var tolerance: Share?

  @Sendable private static func bytes(_ text: String) throws -> ByteCount {
    try ByteCount(parsing: text)
  }

  func validate() throws {
    guard type == nil || maxSize != nil else {
      throw ValidationError("--type says what --max-size is about; give --max-size too")
    }
    guard tolerance == nil || baseline != nil else {
      throw ValidationError("--tolerance is about --baseline; give --baseline too")
    }
  }
}

extension LimitOptions {
  var isEmpty: Bool {
    maxParameters == nil && others.isEmpty && baseline == nil
      && [maxSize, maxActivations, maxPeak, maxArena, maxTrainPeak].allSatisfy { $0 == nil }
  }

  /// Whether a limit is about training.
  var concernsTraining: Bool {
    maxTrainPeak != nil || others.contains { $0.name.hasPrefix("train.") }
  }

  /// The limits that are set, each with the figure it is about.
  func ceilings(for report: Report) throws -> [MemFit.Ceiling] {
    let size = try type.map { try ReportFigure.size(in: $0, of: report) } ?? .stored
    let all: [(figure: ReportFigure, limit: Int?)] = [
      (.parameters, maxParameters), (size, maxSize?.value),
      (.activations, maxActivations?.value), (.peak, maxPeak?.value),
      (.arena, maxArena?.value), (.reservedPeak, maxTrainPeak?.value),
    ]
    let named = all.compactMap { figure, limit in limit.map { MemFit.Ceiling(figure, atMost: $0) } }
    return try named
      + others.map { try $0.ceiling(for: .at($0.name, in: report)) }
  }
}

/// The most that a figure may be, written `KEY=AMOUNT`.
struct NamedAmount: Hashable, Sendable {
  var name: String
  var amount: String

  init(text: String) throws(RequestError) {
    guard let (name, amount) = splitPair(text) else {
      throw .malformed(
        text: text, expected: "a figure and an amount", example: "run.peak.bytes=16MB")
    }
    self.name = name
    self.amount = amount
  }

  func ceiling(for figure: ReportFigure) throws -> MemFit.Ceiling {
    let limit =
      figure.unit == .bytes ? try ByteCount(parsing: amount).value : try Quantity.count(amount)
    return MemFit.Ceiling(figure, atMost: limit)
  }
}

/// A part of a whole, written as `2%` or `0.02`.
struct Share: Hashable, Sendable {
  var fraction: Double

  init(text: String) throws(RequestError) {
    let isPercent = text.hasSuffix("%")
    guard let number = Double(isPercent ? String(text.dropLast()) : text), number.isFinite,
      number >= 0
    else { throw .malformed(text: text, expected: "a share", example: "2%") }
    fraction = isPercent ? number / 100 : number
  }
}
