import ByteFormats
import ModelGraph

/// The members of a `.keras` file.
struct KerasArchive {
  private let members: ZipArchive

  /// What the file says of itself, such as the version of Keras that wrote it.
  let metadata: Attributes
  let diagnostics: [Diagnostic]

  /// The most bytes that are unpacked of members that another tool has packed: Keras stores its own.
  private static let largestPackedWeights = 36 << 20
  private static let largestPackedText = 8 << 20

  init(_ file: MappedFile) throws(ByteError) {
    members = try ZipArchive(file)
    let (metadata, problem) = try Self.metadata(members)
    self.metadata = metadata
    diagnostics = problem
  }

  /// The bytes of the weights, which large models have in several members.
  var weights: [(file: MappedFile, range: Range<Int>)] {
    get throws(ByteError) {
      let entries = members.entries.filter { $0.name.hasSuffix(".weights.h5") }
      guard !entries.isEmpty else {
        throw ByteError(
          .malformed(
            expected: "a member model.weights.h5",
            found: "none among \(members.entries.count) members"))
      }
      var contents: [(file: MappedFile, range: Range<Int>)] = []
      var left = Self.largestPackedWeights
      for entry in entries.sorted(by: { $0.name < $1.name }) {
        contents.append(try members.contents(of: entry, limit: left))
        if entry.method != 0 { left -= entry.byteCount }
      }
      return contents
    }
  }

  var configuration: JSONValue? {
    get throws(ByteError) {
      guard let entry = members["config.json"] else { return nil }
      return try Self.document(entry, members)
    }
  }

  private static func document(
    _ entry: ZipArchive.Entry, _ members: ZipArchive
  ) throws(ByteError) -> JSONValue {
    let (file, range) = try members.contents(of: entry, limit: largestPackedText)
    return try JSONValue(file, range: range)
  }

  private static func metadata(
    _ members: ZipArchive
  ) throws(ByteError) -> (Attributes, [Diagnostic]) {
    guard let entry = members["metadata.json"] else { return ([:], []) }
    let document: JSONValue
    do throws(ByteError) {
      document = try Self.document(entry, members)
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
