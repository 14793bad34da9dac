import ByteFormats
import ModelGraph

/// What the objects of a pickle mean to PyTorch and NumPy.
///
/// To know another function that makes tensors, add a line to ``TensorInterpretation/constructors``.
struct TensorInterpretation {
  let document: PickleDocument
  let file: MappedFile

  /// Which storages the pickle's keys name.
  var place = StorageReference.Key.Place.data

  /// Tensors are made of tensors a few times over at most.
  private static let maximumDepth = 16

  /// What a function of this kind would make; `nil` if the arguments are not what it takes.
  typealias Constructor =
    @Sendable (TensorInterpretation, Call, _ depth: Int) throws(FormatError) -> TorchTensor?

  /// A function, its arguments, and the state that is set on the result.
  struct Call {
    var name: String
    var arguments: [PickleValue]
    var state: PickleValue

    subscript(index: Int) -> PickleValue { index < arguments.count ? arguments[index] : .none }
  }

  /// Whether a value is a tensor by what it names, whatever its arguments.
  func isTensor(_ value: PickleValue) -> Bool {
    call(value).map { isTensor($0) } ?? false
  }

  /// Whether a call is of a function that makes tensors.
  private func isTensor(_ call: Call) -> Bool {
    Self.constructors[call.name] != nil && Self.constructors[innerName(of: call)] != nil
  }

  /// The function that makes the tensor that a subclass is made of; else the called one.
  func innerName(of call: Call) -> String {
    guard call.name.contains("._rebuild_from_type") else { return call.name }
    return document.globalName(call[0]) ?? call.name
  }

  /// The tensor that a value describes; `nil` if it is something else.
  func tensor(_ value: PickleValue, depth: Int = 0) throws(FormatError) -> TorchTensor? {
    guard let call = call(value), isTensor(call), let constructor = Self.constructors[call.name]
    else { return nil }
    guard depth < Self.maximumDepth else {
      throw .limit(what: "tensors made of each other", limit: Self.maximumDepth)
    }
    guard let tensor = try constructor(self, call, depth) else {
      throw .badTensor(name: call.name, reason: "has arguments of other kinds than it takes")
    }
    // Arguments are tensors too, and one may stand for many.
    guard tensor.partCount <= Self.maximumPartCount else {
      throw .limit(what: "parts of a tensor", limit: Self.maximumPartCount)
    }
    return tensor
  }

  /// The call that a value is the result of; `nil` if it is none of a function with a name.
  func call(_ value: PickleValue) -> Call? {
    guard let object = document.object(value), let callee = object.callee,
      let name = className(callee)
    else { return nil }
    let arguments = object.arguments.flatMap(document.elements).map(Array.init) ?? []
    let call = Call(name: name, arguments: arguments, state: object.state ?? .none)
    guard Self.makersOfInstances.contains(name), let instance = className(call[0]) else {
      return call
    }
    return Call(name: instance, arguments: [], state: call.state)
  }

  private func className(_ value: PickleValue) -> String? {
    document.globalName(value) ?? document.module(value).flatMap(document.globalName)
  }

  /// Functions that make an instance of the class that they are given first.
  private static let makersOfInstances: Set<String> = [
    "copy_reg._reconstructor", "copyreg._reconstructor", "copyreg.__newobj__",
    "copyreg.__newobj_ex__", "copy_reg.__newobj__",
  ]

  func dataType(_ value: PickleValue) -> DataType? {
    guard let name = document.globalName(value), name.hasPrefix("torch.") else { return nil }
    return DataType(torchName: name.dropFirst("torch.".count))
  }

  /// The sizes in a tuple, a list or a `torch.Size`.
  func shape(_ value: PickleValue) -> Shape? {
    if let call = call(value), call.name == "torch.Size" { return document.sizes(call[0]) }
    return document.sizes(value)
  }

  // MARK: Storages

  /// The storage that a value names, or that lies in its bytes.
  func storage(_ value: PickleValue) throws(FormatError) -> StorageReference? {
    if let storage = StorageReference(value, in: document, place: place) { return storage }
    guard let call = call(value) else { return nil }
    switch call.name {
    case "torch.storage._load_from_bytes": return try embeddedStorage(call[0])
    case "torch.storage.TypedStorage", "torch.storage._TypedStorage": return try storage(call[0])
    default: return nil
    }
  }

  /// A storage in a stream of its own, as the pickles of other libraries hold it.
  private func embeddedStorage(_ value: PickleValue) throws(FormatError) -> StorageReference? {
    guard place != .embedded, let (file, range) = embeddedFile(value) else { return nil }
    let stream = try TorchStream(file, ByteReader(file, range: range))
    let inner = TensorInterpretation(
      document: stream.document, file: file, place: .embedded)
    guard var storage = try inner.storage(stream.document.root) else { return nil }
    storage.key.name = "\(value)"
    return storage
  }

  /// Where the bytes of a value lie.
  ///
  /// Python 3 writes bytes with the protocols 0 to 2 as a text of which each letter is a byte. The
  /// beginning of it says what the storage is.
  private func embeddedFile(_ value: PickleValue) -> (MappedFile, Range<Int>)? {
    if let range = document.bytes(value) { return (file, range) }
    guard let call = call(value), call.name == "_codecs.encode" else { return nil }
    let text: String
    if let range = document.bytes(call[0]) {
      let start = range.prefix(1 << 16)
      guard let bytes = try? file.bytes(in: start) else { return nil }
      text = String(decoding: bytes, as: UTF8.self)
    } else {
      text = document.text(call[0]) ?? ""
    }
    let bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    return (MappedFile(bytes, path: file.path), bytes.indices)
  }
}
