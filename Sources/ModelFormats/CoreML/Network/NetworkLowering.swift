import ByteFormats
import ModelGraph

/// Writes the layers of a network in our operators; those that no rule knows are opaque.
struct NetworkLowering {
  private(set) var graph = SymbolicGraph()
  var log = DiagnosticLog()
  private var values: [String: ValueID] = [:]

  /// The number of axes of values, as far as layers with fixed axes need it.
  private var ranks: [ValueID: Int] = [:]

  init(_ description: CoreMLDescription) {
    for feature in description.inputs {
      let declared = feature.shape.map {
        DeclaredType(TensorType(feature.dataType, $0))
      }
      let id = addValue(SymbolicValue(name: feature.name, declared: declared, role: .input))
      values[feature.name] = id
      ranks[id] = feature.shape?.count
      graph.inputs.append(id)
    }
  }

  func finished(_ description: CoreMLDescription) -> SymbolicGraph? {
    guard !graph.nodes.isEmpty else { return nil }
    var graph = graph
    graph.outputs = description.outputs.compactMap { values[$0.name] }
    return graph
  }

  mutating func add(
    _ layer: NetworkLayer, _ parameters: [String: Tensor]
  ) throws(ByteError) {
    var call = NetworkCall(layer: layer, operands: [], parameters: [:])
    call.operands = layer.inputs.map { operand($0) }
    for (key, tensor) in parameters.sorted(by: { $0.key < $1.key }) {
      call.parameters[key] = addValue(
        SymbolicValue(
          name: tensor.name, declared: DeclaredType(tensor.type),
          role: tensor.role == .state ? .state : .parameter))
    }
    if let settings = layer.parameters, let node = try NetworkTable.node(call, settings, &self) {
      return emit(node.name, node.operands, node.attributes, of: layer)
    }
    let weights = call.parameters.sorted { $0.key < $1.key }.map(\.value)
    emit(
      OperatorName("layer\(layer.kind)", domain: "coreml"), call.operands + weights, [:],
      of: layer)
  }

  /// The number of axes of what a layer is given first.
  func rank(of call: NetworkCall) -> Int? { call.operands.first.flatMap { ranks[$0] } }

  private mutating func operand(_ name: String) -> ValueID {
    if let id = values[name] { return id }
    log.add(.error, "danglingName", "nothing in the network has this name", at: name)
    let id = addValue(SymbolicValue(name: name, role: .activation))
    values[name] = id
    return id
  }

  mutating func addValue(_ value: SymbolicValue) -> ValueID {
    graph.values.append(value)
    return ValueID(graph.values.count - 1)
  }

  mutating func constant(_ integers: [Int]) -> ValueID { constant(TensorValue(integers)) }

  mutating func constant(_ value: TensorValue) -> ValueID {
    addValue(
      SymbolicValue(
        name: "literal_\(graph.values.count)", declared: DeclaredType(value.type),
        role: .constant, contents: value))
  }

  private mutating func emit(
    _ name: OperatorName, _ inputs: [ValueID?], _ attributes: Attributes, of layer: NetworkLayer
  ) {
    guard !layer.outputs.isEmpty else { return }
    let outputs = layer.outputs.map { output in
      let id = addValue(SymbolicValue(name: output, role: .activation))
      values[output] = id
      ranks[id] = inputs.first.flatMap(\.self).flatMap { ranks[$0] }
      return id
    }
    graph.nodes.append(
      Node(
        name, name: layer.name, inputs: inputs, outputs: outputs, attributes: attributes,
        module: layer.name))
  }
}

/// One layer with the values it reads.
struct NetworkCall {
  var layer: NetworkLayer
  var operands: [ValueID]
  var parameters: [String: ValueID]

  /// The bias as the last of the operands, if there is one.
  var bias: [ValueID?] { parameters["bias"].map { [$0] } ?? [] }
}
