public import ByteFormats
public import ModelGraph

/// The checkpoint format of Hugging Face.
///
/// Eight bytes with the length of the header, the header in JSON, then the data:
///
/// ```
/// { "__metadata__": { "format": "pt" },
///   "layer.weight": { "dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24] } }
/// ```
///
/// The reference reader refuses files whose data has holes, overlaps or a tail; here they are read,
/// and a diagnostic says what is wrong. What makes the meaning doubtful is refused: two tensors of
/// one name, a shape that does not fill its range.
/// Specification: <https://github.com/huggingface/safetensors#format>
public enum Safetensors: ModelFormat {
  public static let name = "safetensors"

  public static func matches(_ candidate: Candidate) -> Bool {
    candidate.hasExtension("safetensors") || candidate.startsWithHeader
  }

  public static func read(_ file: MappedFile) throws(FormatError) -> Model {
    do throws(ByteError) {
      return model(from: try SafetensorsHeader(file), file: file)
    } catch {
      throw .bytes(error)
    }
  }

  private static func model(from header: SafetensorsHeader, file: MappedFile) -> Model {
    var log = header.log
    var layout = DataLayout(byteCount: file.byteCount - header.dataStart)
    for entry in header.entries { layout.append(entry.name, entry.range) }
    let storages = layout.storages(reportingTo: &log)
    let tensors = zip(header.entries, storages).map { entry, storage in
      Tensor(
        name: entry.name, type: entry.type,
        role: TensorRoles.role(of: entry.name, type: entry.type), storage: storage)
    }
    noteShard(file, log: &log)
    return Model(
      name: file.name.withoutExtension, source: file.path, format: name,
      fileByteCount: ByteCount(file.byteCount), tensors: tensors,
      diagnostics: log.all + [TensorRoles.diagnostic(for: tensors)], metadata: header.metadata)
  }

  private static func noteShard(_ file: MappedFile, log: inout DiagnosticLog) {
    guard let shard = ShardName(file.name), shard.count > 1 else { return }
    log.add(
      .note, "partOfModel",
      "this is part \(shard.part) of \(shard.count); give the folder or the index to count all")
  }
}

extension Candidate {
  /// Whether a plausible length is followed by the brace of a JSON object.
  fileprivate var startsWithHeader: Bool {
    guard firstBytes.count > 8, firstBytes[8] == UInt8(ascii: "{") else { return false }
    let length = firstBytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return 2...UInt64(SafetensorsHeader.maximumByteCount) ~= length
  }
}
