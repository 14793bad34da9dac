import ByteFormats
import ModelGraph

/// A model of the sentence-transformers library: modules applied one after another.
///
/// ```
/// [ { "idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer" },
///   { "idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling" } ]
/// ```
///
/// The first module usually lies in the folder itself; most of the others have no weights.
enum SentenceTransformer {
  static let maximumModuleCount = 256

  static func read(_ folder: Folder) throws(FormatError) -> CheckpointParts {
    let modules: JSONValue
    do throws(ByteError) {
      modules = try folder.settings("modules.json")
    } catch {
      throw .bytes(error)
    }
    guard modules.elements.count <= maximumModuleCount else {
      throw .limit(what: "modules", limit: maximumModuleCount)
    }
    var parts = CheckpointParts()
    var paths: Set<String> = []
    for module in modules.elements {
      guard let path = module["path"]?.string, paths.insert(path).inserted else { continue }
      try read(path, in: folder, into: &parts)
    }
    guard parts.fileCount > 0 else {
      throw .noModel(
        format: HuggingFaceFolder.family, reason: "no module of modules.json has weights")
    }
    return parts
  }

  private static func read(
    _ path: String, in folder: Folder, into parts: inout CheckpointParts
  ) throws(FormatError) {
    if path.isEmpty { return parts.merge(try HuggingFaceFolder.component(folder)) }
    guard path.isLocalPath, let inner = try folder.listing(path) else {
      parts.log.add(.error, "missingParts", "the module \(path.quoted) has no folder", at: path)
      return
    }
    guard !WeightSet.all(in: inner).isEmpty else { return }
    parts.merge(try HuggingFaceFolder.component(inner), prefix: path + ".", from: path)
  }
}
