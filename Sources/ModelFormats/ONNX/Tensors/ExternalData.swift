import ByteFormats
import ModelGraph

/// The files beside a model in which its tensors are stored.
///
/// They are never opened: the system is asked whether they are there and how large they are.
/// <https://onnx.ai/onnx/repo-docs/ExternalData.html>
struct ExternalData {
  private let folder: String
  private var files: [String: File] = [:]

  private enum File {
    case found(byteCount: Int)
    case unusable
  }

  init(besides file: MappedFile) { folder = file.folder }

  /// The bytes of all the files that are there, each once.
  var byteCount: ByteCount {
    files.values.map { file in
      guard case .found(let byteCount) = file else { return .zero }
      return ByteCount(byteCount)
    }.total()
  }

  /// Where a tensor is stored, with a diagnostic for all that is wrong with the place.
  mutating func place(
    of tensor: TensorMessage, _ type: TensorType, name: String, log: inout DiagnosticLog
  ) -> TensorOrigin {
    let entries = Dictionary(tensor.externalEntries.map { ($0.key, $0.value) }) { $1 }
    let location = entries["location"] ?? ""
    let expected = type.dataType.rawByteCount(ofElements: type.elementCount).value
    let offset = integer(entries["offset"], otherwise: 0, name, &log)
    let length = integer(entries["length"], otherwise: expected, name, &log)
    guard let offset, let length else { return .inFile(offset: tensor.offset) }

    if length != expected {
      log.add(
        .error, "externalDataLength",
        "the tensor takes \(expected) bytes, its place in \(location.quoted) has \(length)",
        at: name)
    }
    if case .found(let byteCount) = file(at: location, log: &log),
      byteCount < offset || byteCount - offset < length
    {
      log.add(
        .error, "externalDataTruncated",
        "needs bytes \(offset) to \(offset.addingSaturated(length)) of \(location.quoted),"
          + " which has \(byteCount)", at: name)
    }
    return .external(path: location, offset: offset, byteCount: length)
  }

  private func integer(
    _ text: String?, otherwise: Int, _ name: String, _ log: inout DiagnosticLog
  ) -> Int? {
    guard let text else { return otherwise }
    guard let value = Int(text), value >= 0 else {
      log.add(
        .error, "externalDataPlace", "expected a position or length, found \(text.quoted)",
        at: name)
      return nil
    }
    return value
  }

  private mutating func file(at location: String, log: inout DiagnosticLog) -> File {
    if let file = files[location] { return file }
    let file: File
    switch look(at: location) {
    case .success(let byteCount): file = .found(byteCount: byteCount)
    case .failure(let problem):
      log.add(problem.severity, problem.code, problem.message, at: location.quoted)
      file = .unusable
    }
    files[location] = file
    return file
  }

  private func look(at location: String) -> Result<Int, LocationProblem> {
    guard location.isLocalPath else { return .failure(.unsafe) }
    guard let facts = FileFacts(path: "\(folder)/\(location)") else { return .failure(.missing) }
    guard let home = FileFacts(path: folder), facts.isInside(home) else {
      return .failure(.outside)
    }
    return facts.isRegular ? .success(facts.byteCount) : .failure(.notRegular)
  }
}

/// Why a file of tensors is not looked at.
private enum LocationProblem: Error {
  case unsafe, missing, outside, notRegular

  var severity: Diagnostic.Severity { self == .missing || self == .outside ? .warning : .error }
  var code: String { self == .missing ? "externalDataMissing" : "externalDataLocation" }

  var message: String {
    switch self {
    case .unsafe: "expected the name of a file beside the model, found another kind of path"
    case .missing: "the file that should hold tensors is not there; sizes are those declared"
    case .outside: "the file leads out of the model's folder by a link"
    case .notRegular: "what should hold tensors is not a regular file"
    }
  }
}

extension Int {
  fileprivate func addingSaturated(_ other: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
