import ByteFormats
import ModelGraph

/// Tensors gathered from several files, each name and each file counted once.
struct CheckpointParts {
  private(set) var tensors: [Tensor] = []
  private(set) var names: Set<String> = []
  private(set) var unused: [TensorType] = []
  private(set) var fileByteCount = ByteCount.zero
  private(set) var fileCount = 0
  private var diagnostics: [Diagnostic] = []
  private var storageCount = 0
  var metadata: Attributes = [:]
  var log = DiagnosticLog()

  /// Adds the tensors of a file, their names after a prefix.
  mutating func append(_ model: Model, prefix: String = "", from fileName: String) {
    fileCount += 1
    fileByteCount = fileByteCount + (model.fileByteCount ?? .zero)
    for var tensor in model.tensors {
      tensor.name = prefix + tensor.name
      tensor.storage += storageCount
      guard names.insert(tensor.name).inserted else {
        log.add(
          .warning, "duplicateTensor",
          "\(tensor.name.quoted) is in two files; that in \(fileName.quoted) is not counted")
        continue
      }
      tensors.append(tensor)
    }
    unused += model.unused
    storageCount += (model.tensors.map(\.storage).max() ?? -1) + 1
    for entry in model.metadata.entries where metadata[entry.name] == nil {
      metadata[entry.name] = entry.value
    }
    appendDiagnostics(of: model, from: fileName)
  }

  /// Keeps what was said of a part, naming the file; what holds of the whole is said at the end.
  private mutating func appendDiagnostics(of model: Model, from fileName: String) {
    let ofTheWhole: Set = ["rolesToldByName", "partOfModel"]
    for var diagnostic in model.diagnostics where !ofTheWhole.contains(diagnostic.code) {
      let places = [fileName, diagnostic.location].filter { !$0.isEmpty }
      diagnostic.location = places.joined(separator: ": ")
      diagnostics.append(diagnostic)
    }
  }

  /// Adds all that other parts hold.
  mutating func merge(_ other: CheckpointParts, prefix: String = "", from name: String = "") {
    let fileCount = fileCount + other.fileCount
    append(
      Model(
        name: name, source: "", format: "", fileByteCount: other.fileByteCount,
        tensors: other.tensors, unused: other.unused,
        diagnostics: other.diagnostics + other.log.all, metadata: other.metadata), prefix: prefix,
      from: name)
    self.fileCount = fileCount
  }

  /// The bytes of all tensors, each storage once.
  var tensorByteCount: ByteCount {
    var seen = Set<Int>(minimumCapacity: tensors.count)
    return tensors.filter { seen.insert($0.storage).inserted }.map(\.content.byteCount).total()
  }

  func model(name: String, source: String, format: String) -> Model {
    Model(
      name: name, source: source, format: format, fileByteCount: fileByteCount, tensors: tensors,
      unused: unused, diagnostics: diagnostics + log.all + [TensorRoles.diagnostic(for: tensors)],
      metadata: metadata)
  }
}
