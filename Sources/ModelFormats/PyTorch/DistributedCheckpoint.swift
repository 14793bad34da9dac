public import ByteFormats
public import ModelGraph

/// A folder that `torch.distributed.checkpoint` writes: the parts of many processes, and what they make together.
///
/// ```
/// .metadata        a pickle: names, types, sizes, and which stretch of a tensor lies in which file
/// __0_0.distcp …   the stretches, which are not read
/// ```
///
/// Source: <https://github.com/pytorch/pytorch/blob/main/torch/distributed/checkpoint/metadata.py>
public enum DistributedCheckpoint: FolderFormat {
  public static let name = "PyTorch distributed checkpoint"

  public static func matches(_ folder: Folder) -> Bool {
    folder.names.contains { $0.hasSuffix(".distcp") }
  }

  public static func read(_ folder: Folder) throws(FormatError) -> Model {
    let file = try folder.opening(".metadata")
    var interpreter = PickleInterpreter(ByteReader(file))
    let document: PickleDocument
    do throws(ByteError) {
      document = try interpreter.read()
    } catch {
      throw .bytes(error)
    }
    let reading = TensorInterpretation(document: document, file: file)
    guard let listed = reading.member("state_dict_metadata", ofStateOf: document.root),
      let members = document.members(listed)
    else { throw .noModel(format: name, reason: ".metadata lists no tensors") }
    let tensors = try reading.tensors(members)
    return Model(
      name: folder.name, source: folder.path, format: name,
      fileByteCount: try byteCount(of: folder), tensors: tensors,
      diagnostics: [TensorRoles.diagnostic(for: tensors)])
  }

  private static func byteCount(of folder: Folder) throws(FormatError) -> ByteCount {
    var count = ByteCount.zero
    for name in folder.names where name.hasSuffix(".distcp") {
      count = count + ByteCount(try folder.opening(name).byteCount)
    }
    return count
  }
}

extension TensorInterpretation {
  /// A field of an object of a data class.
  fileprivate func member(_ name: String, ofStateOf value: PickleValue) -> PickleValue? {
    guard let state = document.object(value)?.state else { return nil }
    return document.member(name, of: state)
  }

  /// The tensors among what a state dictionary lists; the rest is pickled by itself.
  fileprivate func tensors(
    _ members: [PickleDocument.Member]
  ) throws(FormatError) -> [Tensor] {
    var tensors: [Tensor] = []
    for member in members {
      guard let name = document.text(member.key),
        call(member.value)?.name.hasSuffix(".TensorStorageMetadata") ?? false
      else { continue }
      guard let type = storedType(member.value), type.shape.isPlausible else {
        throw .badTensor(name: name, reason: "has a type or sizes that are not understood")
      }
      let isOptimizer = Section(ofKey: String(name.prefix { $0 != "." })) == .optimizer
      tensors.append(
        Tensor(
          name: name, type: type,
          role: isOptimizer ? .optimizerState : TensorRoles.role(of: name, type: type),
          storage: tensors.count))
    }
    return tensors
  }

  /// The type that `TensorStorageMetadata` states: `properties` begin with the data type.
  private func storedType(_ value: PickleValue) -> TensorType? {
    guard let properties = member("properties", ofStateOf: value),
      let state = document.object(properties)?.state,
      let first = document.elements(state)?.first ?? document.member("dtype", of: state),
      let dataType = dataType(first),
      let size = member("size", ofStateOf: value), let shape = shape(size)
    else { return nil }
    return TensorType(dataType, shape)
  }
}
