import ByteFormats
import ModelGraph

/// The members of a `.keras` file.
struct KerasArchive {
  private let file: MappedFile
  private let members: ZipArchive

  /// What the file says of itself, such as the version of Keras that wrote it.
  let metadata: Attributes
  let diagnostics: [Diagnostic]

  init(_ file: MappedFile) throws(ByteError) {
    self.file = file
    members = try ZipArchive(file)
    let (metadata, problem) = try Self.metadata(file, members)
    self.metadata = metadata
    diagnostics = problem
  }

  /// Where the weights lie, which large models have in several files.
  var weights: [Range<Int>] {
    get throws(ByteError) {
      let entries = members.entries.filter { $0.name.hasSuffix(".weights.h5") }
      guard !entries.isEmpty else {
        throw ByteError(
          .malformed(
            expected: "a member model.weights.h5",
            found: "none among \(members.entries.count) members"))
      }
      var ranges: [Range<Int>] = []
      for entry in entries.sorted(by: { $0.name < $1.name }) {
        ranges.append(try members.range(of: entry))
      }
      return ranges
    }
  }

  var configuration: JSONValue? {
    get throws(ByteError) {
      guard let entry = members["config.json"] else { return nil }
      return try JSONValue(file, range: try members.range(of: entry))
    }
  }

  private static func metadata(
    _ file: MappedFile, _ members: ZipArchive
  ) throws(ByteError) -> (Attributes, [Diagnostic]) {
    guard let entry = members["metadata.json"] else { return ([:], []) }
    let document: JSONValue
    do throws(ByteError) {
      document = try JSONValue(file, range: try members.range(of: entry))
    } catch {
      let message = "metadata.json cannot be read: \(error)"
      return ([:], [Diagnostic(.warning, "badMetadata", message)])
    }
    var metadata: Attributes = [:]
    for member in document.members.prefix(16) {
      if let text = member.value.string { metadata[member.key] = .string(text) }
    }
    return (metadata, [])
  }
}
