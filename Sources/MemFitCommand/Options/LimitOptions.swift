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

  @Sendable private static func bytes(_ text: String) throws -> ByteCount {
    try ByteCount(parsing: text)
  }

  func validate() throws {
    guard type == nil || maxSize != nil else {
      throw ValidationError("--type says what --max-size is about; give --max-size too")
    }
  }
}

extension LimitOptions {
  var isEmpty: Bool {
    maxParameters == nil && [maxSize, maxActivations, maxPeak, maxArena].allSatisfy { $0 == nil }
  }

  /// The limits that are set, each with the figure it is about.
  func ceilings(for report: Report) throws -> [MemFit.Ceiling] {
    let size = try type.map { try ReportFigure.size(in: $0, of: report) } ?? .stored
    let all: [(figure: ReportFigure, limit: Int?)] = [
      (.parameters, maxParameters), (size, maxSize?.value),
      (.activations, maxActivations?.value), (.peak, maxPeak?.value),
      (.arena, maxArena?.value),
    ]
    return all.compactMap { figure, limit in
      limit.map { MemFit.Ceiling(figure, atMost: $0) }
    }
  }
}
