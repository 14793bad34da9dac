import ByteFormats
import ModelGraph

/// Writes the layers of a configuration in our operators, call by call.
struct KerasLowering {
  var graph = SymbolicGraph()
  var log = DiagnosticLog()

  private let weights: KerasWeightIndex

  /// The values of stored tensors that were read before, by name.
  private var parameters: [String: KerasOperand] = [:]

  /// How often each layer was called, so that values have names of their own.
  private var callCounts: [String: Int] = [:]
  private var nodesLeft = Self.maximumNodeCount

  /// The layers that may still be called; models of models may multiply without a node.
  private var callsLeft = Self.maximumNodeCount
  private var depth = 0

  /// The most nodes that a model may have; models inside models may be called many times.
  static let maximumNodeCount = 250_000
  static let maximumDepth = 16

  /// How often layers that stand in disorder are gone through.
  private static let maximumPassCount = 64

  init(_ weights: [Tensor]) { self.weights = KerasWeightIndex(weights) }
}

// MARK: Models

extension KerasLowering {
  /// Runs a model; `nil` stands for outputs that could not be told.
  mutating func run(
    _ model: KerasModelConfiguration, _ inputs: [KerasOperand], inside models: [String]
  ) -> [KerasOperand?] {
    guard depth < Self.maximumDepth else {
      log.add(.error, "tooDeep", "models lie in models more than \(Self.maximumDepth) deep")
      return []
    }
    callsLeft -= 1 + model.layers.count
    guard callsLeft > 0 else {
      log.add(.error, "tooManyNodes", "more than \(Self.maximumNodeCount) calls of layers")
      return []
    }
    depth += 1
    defer { depth -= 1 }
    return model.kind == .sequential
      ? runSequential(model, inputs, inside: models) : runFunctional(model, inputs, inside: models)
  }

  private mutating func runSequential(
    _ model: KerasModelConfiguration, _ inputs: [KerasOperand], inside models: [String]
  ) -> [KerasOperand?] {
    var current: [KerasOperand?] = inputs
    for layer in model.layers where layer.className != "InputLayer" {
      let operands = current.compactMap(\.self)
      guard !operands.isEmpty else { return [] }
      current = call(layer, operands, KerasLayerCallFacts(), inside: models)
    }
    return current
  }

  private mutating func runFunctional(
    _ model: KerasModelConfiguration, _ inputs: [KerasOperand], inside models: [String]
  ) -> [KerasOperand?] {
    var values: [KerasTensorReference: KerasOperand] = [:]
    for (reference, input) in zip(model.inputs, inputs) { values[reference] = input }
    var waiting: [(layer: KerasLayerConfiguration, call: KerasLayerCall, number: Int)] = []
    var types: [KerasTensorReference: DeclaredType] = [:]
    let used = Set(model.outputs + model.layers.flatMap { $0.calls.flatMap(\.inputs) })
    for layer in model.layers {
      for (number, call) in layer.calls.enumerated() {
        waiting.append((layer, call, number))
        types.merge(call.types) { first, _ in first }
      }
    }
    // Layers stand in the order of their depth as a rule; calls whose operands are missing wait.
    for _ in 0..<Self.maximumPassCount where !waiting.isEmpty {
      var postponed: [(layer: KerasLayerConfiguration, call: KerasLayerCall, number: Int)] = []
      for item in waiting {
        let operands = item.call.inputs.compactMap { values[$0] }
        guard operands.count == item.call.inputs.count, !operands.isEmpty else {
          postponed.append(item)
          continue
        }
        let facts = KerasLayerCallFacts(
          number: item.number, numbers: item.call.numbers, types: types, used: used)
        let results = call(item.layer, operands, facts, inside: models)
        for (output, result) in results.enumerated() {
          let reference = KerasTensorReference(
            layer: item.layer.name, call: item.number, output: output)
          values[reference] = result
        }
      }
      guard postponed.count < waiting.count else { break }
      waiting = postponed
    }
    for item in waiting where !item.call.inputs.isEmpty {
      log.add(
        .error, "unreachableLayer", "what it is given is made by no layer", at: item.layer.name)
    }
    return model.outputs.map { output in
      if values[output] == nil {
        log.add(.error, "missingOutput", "no layer makes this output", at: output.layer)
      }
      return values[output]
    }
  }
}

/// What is known of a call beside the layer and its operands.
struct KerasLayerCallFacts {
  var number = 0
  var numbers: [Double] = []
  var types: [KerasTensorReference: DeclaredType] = [:]

  /// The outputs that something is made of.
  var used: Set<KerasTensorReference> = []
}

// MARK: Layers

extension KerasLowering {
  /// Calls a layer: by its rule, as a model of layers, or as something opaque.
  mutating func call(
    _ layer: KerasLayerConfiguration, _ operands: [KerasOperand], _ facts: KerasLayerCallFacts,
    inside models: [String]
  ) -> [KerasOperand?] {
    let isIdentity = KerasLayerTable.identities.contains(layer.className)
    if isIdentity { return operands.map { $0 } }
    if layer.isModel {
      let model = KerasModelConfiguration(layer.document)
      return run(model, operands, inside: models + [layer.name])
    }
    let path = (models + [layer.name]).joined(separator: "/")
    let count = callCounts[path, default: 0]
    callCounts[path] = count + 1
    var call = KerasCall(
      layer: layer, operands: operands, models: models,
      valueName: count == 0 ? path : "\(path)#\(count)", numbers: facts.numbers)
    call.operands = operands.map { cast($0, to: layer.dataType, of: call) }
    let before = graph.nodes.count
    if let rule = KerasLayerTable.rules[layer.className], let results = rule(call, &self) {
      // A value keeps the name of the layer that makes it; views of operands have theirs already.
      let given = Set(call.operands.map(\.id) + operands.map(\.id))
      if let first = results.first, graph.nodes.count > before, !given.contains(first.id) {
        graph.values[first.id.index].name = call.valueName
      }
      return results
    }
    return opaque(call, facts)
  }

  /// A node that stands for a layer of which only the stated types are known.
  private mutating func opaque(
    _ call: KerasCall, _ facts: KerasLayerCallFacts
  ) -> [KerasOperand?] {
    var outputs: [KerasOperand?] = []
    var ids: [ValueID] = []
    repeat {
      let reference = KerasTensorReference(
        layer: call.layer.name, call: facts.number, output: outputs.count)
      let declared = facts.types[reference]
      let suffix = outputs.isEmpty ? "" : ":\(outputs.count)"
      let id = addValue(
        SymbolicValue(name: call.valueName + suffix, declared: declared, role: .activation))
      ids.append(id)
      outputs.append(
        KerasOperand(
          id: id, rank: declared?.rank ?? call.operands.first?.rank ?? 0,
          dataType: call.layer.dataType))
    } while facts.used.contains(
      KerasTensorReference(layer: call.layer.name, call: facts.number, output: outputs.count))
    append(
      OperatorName(call.layer.className, domain: "keras"), call.operands, ids, [:], of: call)
    return outputs
  }
}

extension DeclaredType {
  fileprivate var rank: Int? {
    guard case .tensor(_, let dimensions?) = self else { return nil }
    return dimensions.count
  }
}

// MARK: Nodes and values

extension KerasLowering {
  mutating func addValue(_ value: SymbolicValue) -> ValueID {
    graph.values.append(value)
    return ValueID(graph.values.count - 1)
  }

  /// Adds a node with one output.
  mutating func emit(
    _ name: OperatorName, _ inputs: [KerasOperand?], _ attributes: Attributes = [:],
    rank: Int? = nil, dataType: DataType? = nil, layerType: LayerType? = nil, of call: KerasCall
  ) -> KerasOperand {
    let id = addValue(SymbolicValue(name: nextName(name.name, call), role: .activation))
    append(name, inputs, [id], attributes, layerType: layerType, of: call)
    let first = inputs.first.flatMap(\.self)
    return KerasOperand(
      id: id, rank: rank ?? first?.rank ?? 0,
      dataType: dataType ?? first?.dataType ?? call.layer.dataType)
  }

  private func nextName(_ name: String, _ call: KerasCall) -> String {
    "\(call.valueName)/\(name)_\(graph.values.count)"
  }

  mutating func append(
    _ name: OperatorName, _ inputs: [KerasOperand?], _ outputs: [ValueID?],
    _ attributes: Attributes, layerType: LayerType? = nil, of call: KerasCall
  ) {
    guard nodesLeft > 0 else {
      return log.add(.error, "tooManyNodes", "more than \(Self.maximumNodeCount) nodes")
    }
    nodesLeft -= 1
    graph.nodes.append(
      Node(
        name, name: call.valueName, inputs: inputs.map { $0?.id }, outputs: outputs,
        attributes: attributes, module: call.path, layerType: layerType))
  }

  /// A vector of integers that the graph writes down.
  mutating func constant(_ integers: [Int], of call: KerasCall) -> KerasOperand {
    constant(TensorValue(integers), of: call)
  }

  mutating func constant(_ contents: TensorValue, of call: KerasCall) -> KerasOperand {
    let id = addValue(
      SymbolicValue(
        name: nextName("constant", call), declared: DeclaredType(contents.type), role: .constant,
        contents: contents))
    return KerasOperand(id: id, rank: contents.type.rank, dataType: contents.type.dataType)
  }

  /// A variable of the layer, in the type in which the layer computes.
  mutating func variable(_ name: String..., of call: KerasCall) -> KerasOperand? {
    variable(path: name, of: call)
  }

  mutating func variable(path: [String], of call: KerasCall) -> KerasOperand? {
    guard let stored = storedVariable(path: path, of: call) else { return nil }
    return cast(stored, to: call.layer.dataType, of: call)
  }

  /// A variable of the layer as it is stored.
  mutating func storedVariable(path: [String], of call: KerasCall) -> KerasOperand? {
    let tensor = weights.tensor(of: call.layer.name, inside: call.models, path)
    guard let tensor else { return nil }
    if let known = parameters[tensor.name] { return known }
    let id = addValue(
      SymbolicValue(
        name: tensor.name, declared: DeclaredType(tensor.type),
        role: tensor.role == .state ? .state : .parameter))
    let operand = KerasOperand(
      id: id, rank: tensor.type.rank, dataType: tensor.type.dataType, shape: tensor.type.shape)
    parameters[tensor.name] = operand
    return operand
  }

  /// What stands between a layer's name and its variables where the first part is as wanted.
  func storedPath(of call: KerasCall, _ isWanted: (Substring) -> Bool) -> [String]? {
    weights.path(in: call.layer.name, isWanted)
  }

  /// Converts between types of floating-point numbers, as layers do with what they are given.
  mutating func cast(
    _ operand: KerasOperand, to dataType: DataType, of call: KerasCall
  ) -> KerasOperand {
    guard operand.dataType != dataType, operand.dataType.isFloatingPoint, dataType.isFloatingPoint
    else { return operand }
    return convert(operand, to: dataType, of: call)
  }

  mutating func convert(
    _ operand: KerasOperand, to dataType: DataType, of call: KerasCall
  ) -> KerasOperand {
    guard let code = dataType.castCode else { return operand }
    var result = emit("Cast", [operand], ["to": .integer(code)], dataType: dataType, of: call)
    result.shape = operand.shape
    return result
  }
}

extension DataType {
  /// The number that ONNX gives the type, which `Cast` names it by.
  fileprivate var castCode: Int? {
    switch self {
    case .float32: 1
    case .uint8: 2
    case .int8: 3
    case .int32: 6
    case .int64: 7
    case .bool: 9
    case .float16: 10
    case .float64: 11
    case .bfloat16: 16
    default: nil
    }
  }
}
