import ModelGraph

/// A small symbolic graph, written down value by value.
struct GraphSketch {
  private(set) var symbolic = SymbolicGraph(name: "sketch")

  var outputs: [ValueID] {
    get { symbolic.outputs }
    set { symbolic.outputs = newValue }
  }

  private mutating func append(_ value: SymbolicValue) -> ValueID {
    symbolic.values.append(value)
    return ValueID(symbolic.values.count - 1)
  }

  mutating func input(
    _ name: String, _ dataType: DataType, _ dimensions: [Dimension]?
  ) -> ValueID {
    let id = append(
      SymbolicValue(
        name: name, declared: .tensor(dataType, dimensions.map { AxisSizes($0) }), role: .input))
    symbolic.inputs.append(id)
    return id
  }

  /// A value of the graph around this one.
  mutating func captured(_ id: ValueID) -> ValueID {
    append(SymbolicValue(name: "outer", role: .captured(id)))
  }

  mutating func add(constant value: TensorValue) -> ValueID {
    append(SymbolicValue(name: "constant", role: .constant, contents: value))
  }

  mutating func constant(_ integers: [Int]) -> ValueID { add(constant: TensorValue(integers)) }
  mutating func scalar(_ integer: Int) -> ValueID { add(constant: TensorValue(scalar: integer)) }

  mutating func truth(_ isTrue: Bool) -> ValueID {
    add(constant: TensorValue(TensorType(.bool, []), .integers([isTrue ? 1 : 0])))
  }

  mutating func parameter(_ dataType: DataType, _ shape: Shape) -> ValueID {
    append(
      SymbolicValue(
        name: "weight", declared: .tensor(dataType, AxisSizes(shape)), role: .parameter))
  }

  mutating func add(
    _ name: String, _ inputs: [ValueID?], attributes: Attributes = [:],
    declared: DeclaredType? = nil, bodies: [String: GraphSketch] = [:]
  ) -> ValueID {
    add(name, inputs, outputs: 1, attributes: attributes, declared: declared, bodies: bodies)[0]
  }

  mutating func add(
    _ name: String, _ inputs: [ValueID?], outputs count: Int, attributes: Attributes = [:],
    declared: DeclaredType? = nil, bodies: [String: GraphSketch] = [:]
  ) -> [ValueID] {
    let outputs = (0..<count).map {
      append(SymbolicValue(name: "\(name)\($0)", declared: declared, role: .activation))
    }
    var node = Node(
      OperatorName(name), name: name, inputs: inputs, outputs: outputs, attributes: attributes)
    for (attribute, body) in bodies.sorted(by: { $0.key < $1.key }) {
      node.bodies.append(Node.Body(attribute: attribute, index: symbolic.bodies.count))
      symbolic.bodies.append(body.symbolic)
    }
    symbolic.nodes.append(node)
    return outputs
  }
}
