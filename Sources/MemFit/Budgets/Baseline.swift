import ByteFormats
import Reports

/// The figures of an earlier report, which a later one may exceed by a tolerance only.
public struct Baseline: Sendable {
  /// The file that the figures were read from.
  public let path: String
  private let document: JSONValue

  /// Reads a report written with `--format json`.
  ///
  /// - Throws: ``OpenError`` if the file is no such report.
  public init(path: String) throws(OpenError) {
    self.path = path
    do throws(ByteError) {
      document = try JSONValue(try MappedFile(path: path))
    } catch {
      throw .file(path: path, .bytes(error))
    }
    guard document["memfit"]?.string != nil else {
      let problem = ByteError.Problem.malformed(
        expected: "a report written with --format json", found: "another document")
      throw .file(path: path, .bytes(ByteError(problem)))
    }
  }

  /// Whether the report tells of training.
  public var hasTraining: Bool { document["train"]?.members.isEmpty == false }

  /// The most that each figure of the baseline may be now.
  ///
  /// The tolerance is the share by which a figure may have grown, such as 0.02.
  public func ceilings(tolerance: Double = 0) -> [MemFit.Ceiling] {
    (ReportFigure.compared + ReportFigure.training).compactMap { figure in
      guard let value = value(of: figure.key) else { return nil }
      let limit = (Double(value) * (1 + tolerance)).rounded(.down)
      return MemFit.Ceiling(figure, atMost: max(value, Int(exactly: limit) ?? value))
    }
  }

  private func value(of key: String) -> Int? {
    key.split(separator: ".").reduce(document) { value, key in value?[String(key)] }?.integer
  }
}
