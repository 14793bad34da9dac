import ByteFormats
import ModelGraph

/// The files of one checkpoint in a folder.
struct WeightSet {
  var key: WeightFileName.SetKey
  var indexName: String?
  var fileNames: [String] = []

  /// The checkpoints in a folder, the one a library would load first.
  static func all(in folder: Folder) -> [WeightSet] {
    var sets: [WeightFileName.SetKey: WeightSet] = [:]
    for name in folder.names.compactMap(WeightFileName.init) {
      var set = sets[name.set] ?? WeightSet(key: name.set)
      if name.isIndex {
        set.indexName = name.fileName
      } else {
        set.fileNames.append(name.fileName)
      }
      sets[name.set] = set
    }
    return sets.values.sorted { $0.preference < $1.preference }
  }

  var hasKnownStem: Bool { WeightFileName.knownStems.contains(key.stem) }

  /// Smaller is preferred: known names, the safest kind of file, the plain variant.
  private var preference: (Int, Int, Int, String) {
    let stems = WeightFileName.knownStems
    let kinds = WeightFileName.extensions
    return (
      kinds.firstIndex(of: key.fileExtension) ?? kinds.count,
      stems.firstIndex(of: key.stem) ?? stems.count,
      key.variant == nil ? 0 : 1,
      key.description
    )
  }

  /// Reads all files of the set.
  func read(in folder: Folder) throws(FormatError) -> CheckpointParts {
    if let indexName {
      return try ShardedCheckpoint.readParts(try folder.opening(indexName))
    }
    guard let first = fileNames.first else {
      throw .noModel(format: key.description, reason: "it has no files")
    }
    var parts = CheckpointParts()
    // A single file fails with its own error, and a GGUF reader finds the other parts by itself.
    if fileNames.count == 1 || key.fileExtension == "gguf" {
      parts.append(try CheckpointParts.read(folder.opening(first)), from: first)
      return parts
    }
    for name in fileNames {
      _ = parts.appendFile(named: name) { () throws(ByteError) in try folder.open(name) }
    }
    guard parts.fileCount > 0 else {
      throw .noModel(format: key.description, reason: "none of its files can be read")
    }
    reportMissing(&parts)
    return parts
  }

  /// Reports parts that the names promise and the folder lacks.
  private func reportMissing(_ parts: inout CheckpointParts) {
    guard let count = fileNames.compactMap({ ShardName($0)?.count }).max() else { return }
    let present = Set(fileNames.compactMap { ShardName($0)?.part }).count
    guard present < count else { return }
    parts.log.add(
      .error, "missingParts", "\(count - present) of \(count) parts are not there")
  }
}
