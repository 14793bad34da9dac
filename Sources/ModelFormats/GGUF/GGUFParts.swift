import ByteFormats
import ModelGraph

/// The files that one model is split into, or the only one.
struct GGUFParts {
  private var parts: [(number: Int, part: GGUFPart)]
  private let file: MappedFile
  private let shard: ShardName?
  private var fileByteCount: ByteCount
  private var log = DiagnosticLog()

  /// Takes the file that was asked for and reads the others beside it.
  init(_ part: GGUFPart, _ file: MappedFile) {
    self.file = file
    shard = ShardName(file.name).flatMap { $0.count > 1 ? $0 : nil }
    parts = [(shard?.part ?? 1, part)]
    fileByteCount = ByteCount(file.byteCount)
    guard let shard else {
      noteUnnamedParts(part)
      return
    }
    readOthers(shard)
    parts.sort { $0.number < $1.number }
  }

  private mutating func readOthers(_ shard: ShardName) {
    var missing: [String] = []
    for number in 1...shard.count where number != shard.part {
      let name = shard.fileName(ofPart: number)
      do throws(ByteError) {
        guard let other = try file.sibling(name) else {
          missing.append(name)
          continue
        }
        parts.append((number, try GGUFPart(other)))
        fileByteCount = fileByteCount + ByteCount(other.byteCount)
      } catch {
        log.add(.error, "unreadablePart", "\(name.quoted) is not counted: \(error)", at: name)
      }
    }
    guard let first = missing.first else { return }
    log.add(
      .error, "missingParts",
      "\(missing.count) of \(shard.count) parts are not there, the first is \(first.quoted)")
  }

  /// Says that there are other parts if only the metadata knows.
  private mutating func noteUnnamedParts(_ part: GGUFPart) {
    guard let count = part.metadata.kept.integer("split.count"), count > 1 else { return }
    log.add(
      .warning, "missingParts",
      "this is one of \(count) parts, and its name does not tell where the others are")
  }
}

// MARK: The model

extension GGUFParts {
  mutating func model() -> Model {
    let tensors = joinedTensors()
    let metadata = joinedMetadata()
    checkCount(tensors, metadata)
    let diagnostics = parts.flatMap(\.part.log.all) + log.all
    let name = metadata.string("general.name") ?? ""
    return Model(
      name: name.isEmpty ? file.name.withoutExtension : name, source: file.path,
      format: GGUF.name, fileByteCount: fileByteCount, tensors: tensors,
      diagnostics: diagnostics + GGUFSummary(tensors).diagnostics
        + [TensorRoles.diagnostic(for: tensors)],
      cache: DecoderCache(gguf: metadata), experts: ExpertRouting(gguf: metadata),
      metadata: metadata)
  }

  /// The tensors of all parts, storages numbered through; a name that comes again is left out.
  private mutating func joinedTensors() -> [Tensor] {
    var tensors: [Tensor] = []
    var names: Set<String> = []
    var firstStorage = 0
    for (_, part) in parts {
      for (entry, storage) in zip(part.entries, part.storages) {
        guard names.insert(entry.name).inserted else {
          log.add(.error, "duplicateTensor", "\(entry.name.quoted) is in two parts")
          continue
        }
        tensors.append(
          Tensor(
            name: entry.name, type: entry.type,
            role: TensorRoles.role(of: entry.name, type: entry.type),
            storage: firstStorage + storage))
      }
      firstStorage += part.entries.count
    }
    return tensors
  }

  /// The metadata of the first part, and what only later parts say.
  private func joinedMetadata() -> Attributes {
    guard var metadata = parts.first?.part.metadata.kept else { return [:] }
    for (_, part) in parts.dropFirst() {
      for entry in part.metadata.kept.entries where metadata[entry.name] == nil {
        metadata[entry.name] = entry.value
      }
    }
    return metadata
  }

  private mutating func checkCount(_ tensors: [Tensor], _ metadata: Attributes) {
    guard let shard, parts.count == shard.count,
      let expected = metadata.integer("split.tensors.count"), expected != tensors.count
    else { return }
    log.add(
      .warning, "tensorCount",
      "the parts hold \(tensors.count) tensors, split.tensors.count says \(expected)")
  }
}
