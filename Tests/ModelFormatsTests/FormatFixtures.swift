import ByteFormats
import ModelFormats
import ModelGraph
import TestSupport
import Testing

/// The fixtures of one format and what the reference reader says of them.
///
/// They lie in `Tests/Fixtures/<Type>`, made by `make_fixtures.py` beside them, with
/// `contract.json`: `{"files": {NAME: {"tensors": [[NAME, DATA TYPE, SHAPE]], "bytes": TOTAL}}}`.
/// Files that are read but not damaged stand under another key of it.
struct FormatFixtures {
  var format: any ModelFormat.Type
  var files: [File]

  struct File {
    var name: String
    var path: String
    var bytes: [UInt8]

    /// The tensors as `name type[sizes]`, sorted.
    var tensors: [String]
    var byteCount: Int?

    var candidate: Candidate {
      Candidate(fileName: name, firstBytes: Array(bytes.prefix(Candidate.firstByteCount)))
    }

    /// The file as if it held these bytes; other files beside it are found.
    func holding(_ bytes: [UInt8]) -> MappedFile { MappedFile(bytes, path: path) }
  }

  init(of format: any ModelFormat.Type, under key: String = "files") throws {
    self.format = format
    let folder = TestFiles.fixture(String(describing: format))
    let expected = try JSONValue(MappedFile(path: "\(folder)/contract.json"))
    files = try (expected[key]?.members ?? []).map { member in
      let path = "\(folder)/\(member.key)"
      return File(
        name: member.key, path: path, bytes: try TestFiles.bytes(of: path),
        tensors: (member.value["tensors"]?.elements ?? []).map(Self.description).sorted(),
        byteCount: member.value["bytes"]?.integer)
    }
  }

  static func all() throws -> [FormatFixtures] {
    try modelFormats.map { try FormatFixtures(of: $0) }
  }

  private static func description(_ tensor: JSONValue) -> String {
    let parts = tensor.elements
    guard parts.count == 3 else { return "a tensor without name, type and shape" }
    let shape = parts[2].elements.compactMap(\.integer)
    return "\(parts[0].string ?? "") \(parts[1].string ?? "")\(shape)"
  }
}

extension Model {
  /// The tensors as the fixtures write them.
  var tensorDescriptions: [String] { tensors.map { "\($0.name) \($0.type)" }.sorted() }

  /// One tensor of every storage.
  private var stored: [Tensor] {
    var seen: Set<Int> = []
    return tensors.filter { seen.insert($0.storage).inserted }
  }

  var storedByteCount: Int { stored.map(\.type.byteCount).total().value }
  var storedElementCount: Int { stored.map(\.type.elementCount).reduce(0, +) }
  var codes: [String] { diagnostics.map(\.code) }
}
