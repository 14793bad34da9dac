import ByteFormats
import ModelGraph

extension GraphBuilder {
  /// Reads the nodes of a graph or a function, which stand in a field of the given number.
  mutating func addNodes(of message: ProtobufMessage, field number: Int) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      guard field.number == number else { continue }
      let node = try NodeMessage(try field.message())
      if let function = functions[node.key] {
        try inline(function, for: node)
      } else if node.operatorType == "Constant" && node.domain.isEmpty {
        try addConstant(node)
      } else {
        try addNode(node)
      }
    }
  }

  private mutating func addNode(_ message: NodeMessage) throws(ByteError) {
    guard message.outputs.contains(where: { !$0.isEmpty }) else {
      log.add(
        .warning, "nodeWithoutOutput",
        "the \(message.operatorType) node makes nothing; it is left out",
        at: message.name)
      return
    }
    var node = Node(
      OperatorName(message.operatorType, domain: message.domain),
      name: message.name.isEmpty ? "" : level.scope.prefix + message.name,
      version: call.operatorSets.version(of: message.domain),
      inputs: message.inputs.map { operand(named: $0) },
      module: message.module ?? level.scope.module)
    try readAttributes(of: message, into: &node)

    note(TensorUse.uses(of: message.operatorType), of: node.inputs)
    node.outputs = message.outputs.map { name in
      let id = result(named: name)
      makeAvailable(id)
      return id
    }
    level.graph.nodes.append(node)
  }

  private mutating func note(_ uses: [TensorUse], of inputs: [ValueID?]) {
    for (input, use) in zip(inputs, uses) where !use.isEmpty {
      if let input { level.uses[input.index].formUnion(use) }
    }
  }

  private mutating func readAttributes(
    of message: NodeMessage, into node: inout Node
  ) throws(ByteError) {
    for attribute in message.attributes {
      let attribute = try AttributeMessage(attribute)
      switch resolve(attribute) {
      case .value(let value): node.attributes[attribute.name] = value
      case .tensor(let tensor):
        node.attributes[attribute.name] = try value(ofAttribute: TensorMessage(tensor))
      case .sparseTensor: node.attributes[attribute.name] = .opaque
      case .graph(let graph):
        let name = message.name.isEmpty ? message.outputs.first ?? "" : message.name
        let path = "\(level.path)\(level.scope.prefix)\(name)/\(attribute.name)/"
        let body = try readGraph(graph, path: path)
        node.bodies.append(Node.Body(attribute: attribute.name, index: level.graph.bodies.count))
        level.graph.bodies.append(body)
      case .absent: break
      }
    }
  }

  /// The content of an attribute, which a function may take from its call.
  func resolve(_ attribute: AttributeMessage) -> AttributeMessage.Content {
    guard !attribute.reference.isEmpty else { return attribute.content }
    return call.attributes[attribute.reference] ?? .absent
  }

  private mutating func value(
    ofAttribute tensor: TensorMessage
  ) throws(ByteError) -> AttributeValue {
    guard let type = checkedType(tensor, name: tensor.name) else { return .opaque }
    if let problem = tensor.lengthProblem(type) {
      log.add(.error, "badTensor", "an attribute's tensor \(problem)", at: tensor.name)
      return .opaque
    }
    let contents = try tensors.contents(of: tensor, type)
    return contents.map { .tensor($0) } ?? .opaque
  }
}

extension GraphBuilder {
  /// Puts the nodes in order, settles what each stored tensor is, and tells the graph around.
  mutating func finish() {
    tensors.reserveCapacity(level.stored.count)
    for stored in level.stored {
      let role = Tensor.Role(stored.type, uses: level.uses[stored.value.index])
      let name = tensors.add(
        stored, named: level.graph.values[stored.value.index].name, role: role, path: level.path)
      level.graph.values[stored.value.index].name = name
      level.graph.values[stored.value.index].role = ValueRole(role)
    }
    tellOuterUses()
    if level.isUnsorted { sortNodes() }
  }

  private mutating func tellOuterUses() {
    guard levels.count > 1 else { return }
    for (value, use) in zip(level.graph.values, level.uses) where !use.isEmpty {
      guard case .captured(let outer) = value.role else { continue }
      levels[levels.count - 2].uses[outer.index].formUnion(use)
    }
  }

  private mutating func sortNodes() {
    do throws(CycleError) {
      try level.graph.sortNodes()
      log.add(.warning, "unsortedNodes", "nodes stand before those whose outputs they read")
    } catch {
      let node = level.graph.nodes[error.node]
      let output = node.outputs.compactMap(\.self).first.map { level.graph.values[$0.index].name }
      let name = node.name.isEmpty ? output ?? "" : node.name
      cycles.append(name)
      log.add(
        .error, "cycle", "the \(node.operatorName) node needs its own output to run", at: name)
    }
  }
}

extension ValueRole {
  fileprivate init(_ role: Tensor.Role) {
    switch role {
    case .parameter: self = .parameter
    case .state: self = .state
    case .constant, .optimizerState: self = .constant
    }
  }
}
