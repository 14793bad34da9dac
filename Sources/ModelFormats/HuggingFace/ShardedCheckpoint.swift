public import ByteFormats
public import ModelGraph

/// A checkpoint in several files that an `index.json` lists.
///
/// Format: <https://huggingface.co/docs/transformers/big_models#sharded-checkpoints>
public enum ShardedCheckpoint: ModelFormat {
  public static let name = "sharded checkpoint"

  public static func matches(_ candidate: Candidate) -> Bool {
    let name = candidate.fileName.lowercased()
    return name.hasSuffix(".json") && name.contains(".index.")
  }

  public static func read(_ file: MappedFile) throws(FormatError) -> Model {
    let parts = try readParts(file)
    return parts.model(
      name: file.folder == "." ? file.name : lastComponent(of: file.folder), source: file.path,
      format: name)
  }

  /// Reads the index and every file it names that is there.
  static func readParts(_ file: MappedFile) throws(FormatError) -> CheckpointParts {
    let index: WeightIndex
    do throws(ByteError) {
      index = try WeightIndex(file)
    } catch {
      throw .bytes(error)
    }
    var parts = CheckpointParts()
    parts.log = index.log
    var missing: [String] = []
    for fileName in index.fileNames {
      let isThere = parts.appendFile(named: fileName) { () throws(ByteError) in
        try file.sibling(fileName)
      }
      if !isThere { missing.append(fileName) }
    }
    guard parts.fileCount > 0 else {
      throw .noModel(format: name, reason: reasonForNothing(index, missing: missing))
    }
    check(index, missing: missing, &parts)
    return parts
  }

  private static func reasonForNothing(_ index: WeightIndex, missing: [String]) -> String {
    guard let first = index.fileNames.first else { return "the index names no file" }
    return missing.isEmpty
      ? "none of the \(index.fileNames.count) files that the index names can be read"
      : "\(missing.count) of the \(index.fileNames.count) files that the index names are not there, "
        + "such as \(first.quoted)"
  }

  private static func check(
    _ index: WeightIndex, missing: [String], _ parts: inout CheckpointParts
  ) {
    if let first = missing.first {
      parts.log.add(
        .error, "missingParts",
        "\(missing.count) of \(index.fileNames.count) files are not there, "
          + "the first is \(first.quoted)")
    }
    let lost = index.tensorNames.count { !parts.names.contains($0) }
    if lost > 0 {
      parts.log.add(
        .warning, "missingTensors",
        "\(lost) of \(index.tensorNames.count) tensors of the index are in no file read")
    }
    let isComplete = lost == 0 && parts.names.count == index.tensorNames.count
    for name in isComplete ? [] : parts.tensors.map(\.name)
    where !index.tensorNames.contains(name) {
      parts.log.add(.warning, "unlistedTensor", "\(name.quoted) is not in the index; it is counted")
    }
    let found = parts.tensorByteCount.value
    if let size = index.totalSize, size != found, lost == 0 {
      parts.log.add(
        .note, "totalSize", "the index says \(size) bytes of tensors, the files hold \(found)")
    }
  }

  private static func lastComponent(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}

extension CheckpointParts {
  /// Adds a file that holds tensors; what cannot be read is reported.
  ///
  /// - Returns: Whether there is such a file.
  mutating func appendFile(
    named name: String, prefix: String = "", open: () throws(ByteError) -> MappedFile?
  ) -> Bool {
    do throws(ByteError) {
      guard let file = try open() else { return false }
      appendFile(file, named: name, prefix: prefix)
    } catch {
      log.add(.error, "unreadablePart", "\(name.quoted) is not counted: \(error)", at: name)
    }
    return true
  }

  private mutating func appendFile(_ file: MappedFile, named name: String, prefix: String) {
    do throws(FormatError) {
      append(try Self.read(file), prefix: prefix, from: name)
    } catch {
      log.add(.error, "unreadablePart", "\(name.quoted) is not counted: \(error)", at: name)
    }
  }

  /// Reads a file of weights; an index is none, or it could name itself.
  static func read(_ file: MappedFile) throws(FormatError) -> Model {
    try readModel(file, as: modelFormats.filter { $0 != ShardedCheckpoint.self })
  }
}
