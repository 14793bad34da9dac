import ByteFormats
import ModelGraph

/// The members of a `.pt2` archive, which lie in one folder named after the file.
struct ExportArchive {
  private let members: ZipArchive

  /// The folder around all members, with a slash at its end.
  private let root: String

  init(_ file: MappedFile) throws(FormatError) {
    members = try readingBytes { () throws(ByteError) in try ZipArchive(file) }
    let model = members.entries.first { $0.name.isModel }
    guard let model else {
      throw .noModel(format: TorchExport.name, reason: "it has no models/model.json")
    }
    root = String(model.name.dropLast(String.modelPath.count))
    guard members.entries.count(where: { $0.name.isModel }) == 1 else {
      throw .noModel(format: TorchExport.name, reason: "it has more than one models/model.json")
    }
  }

  /// The JSON text of the program; `nil` if the archive has none.
  func programText() throws(FormatError) -> MemberText? {
    try readingBytes { () throws(ByteError) in try contents(of: .modelPath) }
  }

  func program(_ text: MemberText?, _ ahead: ProgramAhead?) throws(FormatError) -> ExportedProgram {
    guard let text else { return ExportedProgram() }
    return try readingBytes { () throws(ByteError) in try ExportedProgram(text, ahead) }
  }

  /// The tensors of the folder `weights` or `constants`.
  func configuration(_ kind: Kind) throws(FormatError) -> WeightConfiguration {
    try readingBytes { () throws(ByteError) in
      let path = "\(kind.folder)model_\(kind.rawValue)_config.json"
      guard let text = try contents(of: path) else { return WeightConfiguration() }
      return try WeightConfiguration(text.file, text.range)
    }
  }

  enum Kind: String {
    case weights, constants

    fileprivate var folder: String { "data/\(rawValue)/" }
  }

  /// Where the records of tensors lie.
  func folder(of kind: Kind) -> String { root + kind.folder }

  /// The size of a member; `nil` if the archive has none of the path.
  func byteCount(ofMember path: String) -> Int? { members[path]?.byteCount }

  /// Says what lies after the archive.
  func reportTrailing(to log: inout DiagnosticLog) {
    guard members.trailingByteCount > 0 else { return }
    log.add(
      .warning, "trailingBytes",
      "\(members.trailingByteCount) bytes after the archive belong to none of it")
  }

  /// The text of a member, which someone may have packed.
  private func contents(of path: String) throws(ByteError) -> MemberText? {
    guard let entry = members[root + path] else { return nil }
    let text = try members.contents(of: entry, limit: Self.maximumTextByteCount)
    return MemberText(file: text.file, range: text.range)
  }

  /// More than the program of any model takes once unpacked.
  private static let maximumTextByteCount = 1 << 27
}

/// Where the text of a member stands.
struct MemberText: Sendable {
  var file: MappedFile
  var range: Range<Int>
}

extension String {
  fileprivate static let modelPath = "models/model.json"

  fileprivate var isModel: Bool {
    self == Self.modelPath || hasSuffix("/" + Self.modelPath)
  }
}
