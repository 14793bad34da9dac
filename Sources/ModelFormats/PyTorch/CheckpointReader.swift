import ByteFormats
import ModelGraph

/// Makes a model of the objects of a checkpoint.
struct CheckpointReader {
  let source: TorchSource
  private var found: [ObjectWalk.Found] = []
  private var arrays: [(name: String, type: TensorType?)] = []
  private var registered: [Registration] = []
  private var storages = StorageMap()
  private var metadata: Attributes = [:]
  var log = DiagnosticLog()

  /// What the code of TorchScript says of its classes.
  var scriptClasses: [String: ScriptClass] = [:]

  /// Where the shares of a tensor and of its parts stand in the map of storages.
  private struct Registration {
    var share: Int?
    var parts: [Registration]

    /// A number for what lies in no storage.
    var number: Int?
  }

  init(_ source: TorchSource) { self.source = source }

  /// Reads the object that was saved.
  mutating func read(_ document: PickleDocument, in file: MappedFile) throws(FormatError) {
    try read(document, file, at: .data, path: "")
    metadata = document.statements
  }

  /// Reads the constants of TorchScript's code, among which the weights of frozen modules are.
  mutating func readConstants(
    _ document: PickleDocument, in file: MappedFile
  ) throws(FormatError) {
    try read(document, file, at: .constants, path: "constants")
  }

  private mutating func read(
    _ document: PickleDocument, _ file: MappedFile, at place: StorageReference.Key.Place,
    path: String
  ) throws(FormatError) {
    var walk = ObjectWalk(
      TensorInterpretation(document: document, file: file, place: place), scriptClasses)
    try walk.walk(document.root, path: path)
    for tensor in walk.tensors {
      registered.append(try register(tensor.tensor, named: tensor.name))
      found.append(tensor)
    }
    arrays += walk.arrays
    report(walk)
  }

  private mutating func register(
    _ tensor: TorchTensor, named name: String
  ) throws(FormatError) -> Registration {
    var registration = Registration(share: nil, parts: [])
    for part in tensor.parts { registration.parts.append(try register(part, named: name)) }
    if let view = tensor.view {
      registration.share = try storages.add(tensor, view, named: name)
    } else if tensor.parts.isEmpty {
      registration.number = storages.makeNumber()
    }
    return registration
  }

  /// The model, once everything is read.
  mutating func model(of file: MappedFile) -> Model {
    let unused = settle()
    let roles = CheckpointRoles(found)
    var tensors = zip(found, registered).map { tensor, registration in
      self.tensor(tensor, registration, role: roles.role(of: tensor))
    }
    reportShared(tensors)
    reportKinds()
    let arrays = arrayTensors()
    tensors += arrays
    if tensors.isEmpty {
      log.add(.warning, "noTensors", "the file holds no tensors")
    } else if found.contains(where: { $0.tensor.isParameter == nil }) || !arrays.isEmpty {
      let note = TensorRoles.diagnostic(for: tensors)
      log.add(note.severity, note.code, note.message)
    }
    return Model(
      name: file.name.withoutExtension, source: file.path, format: PyTorch.name,
      fileByteCount: ByteCount(file.byteCount), tensors: tensors, unused: unused,
      diagnostics: log.all, metadata: metadata)
  }

  mutating func state(_ key: String, _ value: String?) {
    metadata[key] = value.map(AttributeValue.string)
  }

  /// The tensors with an axis of stride zero.
  var repeatingCount: Int {
    found.count { $0.tensor.distinctElementCount < $0.tensor.type.elementCount }
  }

  func count(of kind: TorchTensor.Kind) -> Int { found.count { $0.tensor.kind == kind } }
}

// MARK: Tensors

extension CheckpointReader {
  private func tensor(
    _ found: ObjectWalk.Found, _ registration: Registration, role: Tensor.Role
  ) -> Tensor {
    let type = found.tensor.type
    var tensor = Tensor(
      name: found.name, type: type, role: role, storage: number(of: registration))
    var content = share(registration)?.content ?? tensor.content
    if !registration.parts.isEmpty {
      let bytes = registration.parts.map(byteCount).total()
      content = Tensor.Content(
        elementCount: content.elementCount,
        byteCount: registration.share == nil ? bytes : content.byteCount + bytes)
    }
    if content != tensor.content { tensor.held = content }
    return tensor
  }

  private func share(_ registration: Registration) -> StorageMap.Share? {
    registration.share.flatMap { storages.shares[$0] }
  }

  private func number(of registration: Registration) -> Int {
    share(registration)?.number ?? registration.number
      ?? registration.parts.first.map(number) ?? -1
  }

  private func byteCount(_ registration: Registration) -> ByteCount {
    (share(registration)?.content.byteCount ?? .zero) + registration.parts.map(byteCount).total()
  }

  /// Arrays of NumPy are the model where there is nothing else.
  private mutating func arrayTensors() -> [Tensor] {
    guard !arrays.isEmpty else { return [] }
    let readable = arrays.compactMap { array in array.type.map { (array.name, $0) } }
    guard found.isEmpty else {
      let bytes = readable.map(\.1.byteCount).total().value
      log.add(
        .note, "arrays",
        "\(arrays.count) arrays of NumPy, \(bytes) bytes, lie in the pickle and are not counted")
      return []
    }
    if readable.count < arrays.count {
      log.add(
        .warning, "unreadableArrays",
        "\(arrays.count - readable.count) arrays hold objects or unknown types and are not counted")
    }
    return readable.map { name, type in
      Tensor(
        name: name, type: type, role: TensorRoles.role(of: name, type: type),
        storage: storages.makeNumber())
    }
  }
}

// MARK: Storages

extension CheckpointReader {
  /// Numbers the storages; the stretches that no tensor uses are returned and reported.
  private mutating func settle() -> [TensorType] {
    let rests = storages.settle()
    let references = storages.references
    var unused: [TensorType] = []
    for (reference, rest) in zip(references, rests) {
      let surplus = check(reference)
      if rest > 0 {
        let size = max(1, reference.dataType.layout.bytes)
        unused.append(
          rest.isMultiple(of: size)
            ? TensorType(reference.dataType, [rest / size]) : TensorType(.uint8, [rest]))
        log.add(
          .warning, "unusedBytes",
          "\(rest) of the \(reference.byteCount) bytes of storage \(reference.key.name.quoted) "
            + "belong to no tensor")
      }
      if surplus > 0 { unused.append(TensorType(.uint8, [surplus])) }
    }
    return unused + unreferenced(references)
  }

  /// Holds what a pickle says of a storage against what the file has; returns what it has too much.
  private mutating func check(_ reference: StorageReference) -> Int {
    guard let byteCount = byteCount(of: reference) else {
      log.add(
        .error, "missingData", "the file lacks the storage \(reference.key.name.quoted)")
      return 0
    }
    if byteCount < reference.byteCount {
      log.add(
        .error, "missingData",
        "the storage \(reference.key.name.quoted) has \(byteCount) of \(reference.byteCount) bytes")
    } else if byteCount > reference.byteCount {
      log.add(
        .warning, "unusedBytes",
        "the storage \(reference.key.name.quoted) has \(byteCount) bytes, of which the pickle "
          + "knows \(reference.byteCount)")
    }
    return max(0, byteCount - reference.byteCount)
  }

  private func byteCount(of reference: StorageReference) -> Int? {
    switch reference.key.place {
    case .data: source.byteCounts[reference.key.name]
    case .constants: source.constantByteCounts[reference.key.name]
    case .embedded: reference.byteCount
    }
  }

  /// The storages of the file that no tensor found lies in.
  private mutating func unreferenced(_ references: [StorageReference]) -> [TensorType] {
    let known = Set(references.map(\.key))
    let rest =
      source.byteCounts.filter { !known.contains(.init(place: .data, name: $0.key)) }.map(\.value)
      + source.constantByteCounts
      .filter { !known.contains(.init(place: .constants, name: $0.key)) }.map(\.value)
    let bytes = rest.map { ByteCount($0) }.total().value
    guard bytes > 0 else { return [] }
    log.add(
      .warning, "unusedBytes", "\(rest.count) storages, \(bytes) bytes, belong to no tensor found")
    return [TensorType(.uint8, [bytes])]
  }
}
