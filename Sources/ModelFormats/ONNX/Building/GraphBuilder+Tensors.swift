import ByteFormats
import ModelGraph

extension GraphBuilder {
  mutating func addInitializer(_ tensor: TensorMessage) throws(ByteError) {
    guard let id = declareInitializer(tensor.name) else { return }
    try store(tensor, as: id)
  }

  /// Adds a tensor of which only the elements that are not zero are stored.
  mutating func addSparseInitializer(_ sparse: SparseTensorMessage) throws(ByteError) {
    guard let values = sparse.values, let id = declareInitializer(values.name) else { return }
    try store(sparse, values, as: id)
  }

  private mutating func declareInitializer(_ name: String) -> ValueID? {
    guard !name.isEmpty else {
      log.add(.error, "unnamedInitializer", "a stored tensor has no name and cannot be read")
      return nil
    }
    guard level.scope.values[name] == nil else {
      log.add(
        .error, "duplicateInitializer", "two stored tensors have this name; the first is used",
        at: name)
      return nil
    }
    let id = addValue(name, role: .constant)
    level.scope.values[name] = id
    return id
  }

  /// Makes a value of a `Constant` node, which writes down a tensor as an initializer does.
  mutating func addConstant(_ node: NodeMessage) throws(ByteError) {
    guard let id = node.outputs.first.flatMap({ result(named: $0) }) else { return }
    makeAvailable(id)
    level.graph.values[id.index].role = .constant
    for message in node.attributes {
      let attribute = try AttributeMessage(message)
      switch resolve(attribute) {
      case .tensor(let tensor): return try store(TensorMessage(tensor), as: id)
      case .sparseTensor(let message):
        let sparse = try SparseTensorMessage(message)
        if let values = sparse.values { return try store(sparse, values, as: id) }
      case .value(let value):
        if let contents = TensorValue(constant: value) {
          return store(contents, as: id, offset: message.offset)
        }
      case .graph, .absent: break
      }
    }
    log.add(.error, "badConstant", "the Constant node holds no tensor", at: node.outputs[0])
  }

  /// Gives a value the type and, where small, the contents of a tensor in the file.
  private mutating func store(_ tensor: TensorMessage, as id: ValueID) throws(ByteError) {
    let name = level.graph.values[id.index].name
    guard let type = checkedType(tensor, name: name) else { return }
    level.graph.values[id.index].declared = DeclaredType(type)
    if let problem = tensor.lengthProblem(type) {
      log.add(.error, "badTensor", "the tensor \(problem)", at: name)
    } else {
      level.graph.values[id.index].contents = try tensors.contents(of: tensor, type)
    }
    let origin = origin(of: tensor, type, name: name)
    level.stored.append(StoredTensor(value: id, type: type, origin: origin))
  }

  private mutating func store(
    _ sparse: SparseTensorMessage, _ values: TensorMessage, as id: ValueID
  ) throws(ByteError) {
    let name = level.graph.values[id.index].name
    guard let type = checkedType(values, name: name) else { return }
    guard sparse.dimensions.isPlausible else {
      let problem = TensorProblem.implausibleShape(sparse.dimensions)
      log.add(.error, "badTensor", "the tensor \(problem)", at: name)
      return
    }
    let dense = TensorType(type.dataType, sparse.dimensions)
    level.graph.values[id.index].declared = DeclaredType(dense)
    var stored = StoredTensor(
      value: id, type: type, origin: origin(of: values, type, name: name))
    if let indices = sparse.indices, let type = checkedType(indices, name: "\(name)/indices") {
      stored.indices = [(type, origin(of: indices, type, name: "\(name)/indices"))]
    }
    level.stored.append(stored)
  }

  mutating func checkedType(_ tensor: TensorMessage, name: String) -> TensorType? {
    do throws(TensorProblem) {
      return try tensor.type()
    } catch {
      log.add(.error, "badTensor", "the tensor \(error)", at: name)
      return nil
    }
  }

  /// Where the bytes of a tensor are; a place outside the file is looked at, not opened.
  private mutating func origin(
    of tensor: TensorMessage, _ type: TensorType, name: String
  ) -> TensorOrigin {
    guard tensor.isExternal else { return .inFile(offset: tensor.offset) }
    return external.place(of: tensor, type, name: name, log: &log)
  }

  private mutating func store(_ contents: TensorValue, as id: ValueID, offset: Int) {
    level.graph.values[id.index].declared = DeclaredType(contents.type)
    level.graph.values[id.index].contents = contents
    level.stored.append(
      StoredTensor(value: id, type: contents.type, origin: .inFile(offset: offset)))
  }
}

extension TensorValue {
  /// The tensor that a `Constant` node writes down as numbers or texts.
  fileprivate init?(constant value: AttributeValue) {
    switch value {
    case .integer(let integer): self.init(scalar: integer)
    case .integers(let integers): self.init(integers)
    case .float(let float): self.init(TensorType(.float32, []), .floats([float]))
    case .floats(let floats): self.init(TensorType(.float32, [floats.count]), .floats(floats))
    case .string(let text): self.init(TensorType(.string, []), .strings([text]))
    case .strings(let texts): self.init(TensorType(.string, [texts.count]), .strings(texts))
    case .tensor, .type, .opaque: return nil
    }
  }
}
