import ModelGraph

/// Writes an exported program in our operators, for known sizes of its symbols.
struct ProgramLowering {
  private let program: ExportedProgram
  private let sizes: [String: Int]
  private var graph = SymbolicGraph()

  /// The value of each tensor, by its name in the program.
  private var values: [String: AtenOperand] = [:]

  init(_ program: ExportedProgram, sizes: [String: Int]) {
    self.program = program
    self.sizes = sizes
  }

  mutating func lowered() -> SymbolicGraph {
    for name in program.inputs.flatMap(\.tensorNames) { addInput(name) }
    for node in program.nodes { add(node) }
    graph.outputs = program.outputs.flatMap(\.tensorNames).compactMap { values[$0]?.id }
    return graph
  }

  private mutating func addInput(_ name: String) {
    guard values[name] == nil else { return }
    guard let stored = program.stored[name] else {
      graph.inputs.append(define(name, as: name, .input).id)
      return
    }
    switch stored.role {
    case .parameter: _ = define(name, as: stored.name, .parameter)
    case .state: _ = define(name, as: stored.name, .state)
    case .constant, .optimizerState: _ = define(name, as: stored.name, .constant)
    }
  }

  private mutating func add(_ node: ExportedNode) {
    guard !node.outputs.isEmpty else { return }
    let target = AtenTarget(node.target)
    let call = AtenCall(
      node, isInPlace: target.isInPlace, arguments: resolved(node.arguments),
      outputs: node.outputs.map { name in name.map(type) ?? nil })
    let rule = AtenTable.rules[target.fullName] ?? AtenTable.rules[target.name]
    if let rule, rule.lower(call, &self) { return }
    emit(target.opaqueName, call.operands, of: call)
  }
}

// MARK: Arguments

extension ProgramLowering {
  private mutating func resolved(
    _ arguments: [ExportedNode.Argument]
  ) -> [AtenCall.Argument] {
    arguments.map { AtenCall.Argument(name: $0.name, value: resolved($0.value)) }
  }

  private mutating func resolved(_ argument: ExportedArgument) -> AtenCall.Value {
    switch argument {
    case .tensor(let name): .tensors([operand(name)])
    case .tensors(let names): .tensors(names.map { name in name.map { operand($0) } })
    case .size(let size): resolved([size])
    case .sizes(let all): resolved(all)
    case .float(let number): .float(number)
    case .boolean(let flag): .integers([flag ? 1 : 0])
    case .string(let text): .string(text)
    case .scalarType(let code): .integers([code])
    case .none: .absent
    case .other: .unknown
    }
  }

  private func resolved(_ all: [ExportedArgument.Size]) -> AtenCall.Value {
    let known = all.compactMap { size -> Int? in
      switch size {
      case .number(let number): number
      case .name(let name): program.integers[name]?.value(sizes)
      }
    }
    return known.count == all.count ? .integers(known) : .unknown
  }

  /// The value of a name; one that nothing made gets the type the file states.
  private mutating func operand(_ name: String) -> AtenOperand {
    values[name] ?? define(name, as: name, .activation)
  }

  private func type(_ name: String) -> TensorType? {
    guard let tensor = program.tensors[name], let shape = tensor.shape(sizes) else { return nil }
    return TensorType(tensor.dataType, shape)
  }
}

// MARK: Values

extension ProgramLowering {
  private mutating func define(
    _ name: String, as shownName: String, _ role: ValueRole
  ) -> AtenOperand {
    let tensor = program.tensors[name]
    let id = append(
      SymbolicValue(name: shownName, declared: tensor?.declared(sizes), role: role))
    let strides = tensor?.strides.compactMap { $0.value(sizes) }
    let operand = AtenOperand(id: id, type: type(name), strides: strides)
    values[name] = operand
    return operand
  }

  private mutating func append(_ value: SymbolicValue) -> ValueID {
    graph.values.append(value)
    return ValueID(graph.values.count - 1)
  }

  /// Makes an output of a call the same value as an operand.
  mutating func alias(_ call: AtenCall, to operand: AtenOperand) -> Bool {
    guard let output = call.node.outputs.first, let output else { return false }
    values[output] = operand
    return true
  }

  /// Says how the first output of a call lies in memory where the file knows only of the CPU.
  mutating func setStrides(_ strides: [Int], of call: AtenCall) {
    guard let output = call.node.outputs.first, let output else { return }
    values[output]?.strides = strides
    values[output]?.hasKernelStrides = true
  }

  /// A vector of integers that the graph writes down.
  mutating func constant(_ integers: [Int], for call: AtenCall) -> AtenOperand {
    constant(TensorValue(integers), for: call)
  }

  /// A number or vector that the graph writes down.
  mutating func constant(_ contents: TensorValue, for call: AtenCall) -> AtenOperand {
    let id = append(
      SymbolicValue(
        name: "\(call.node.name).constant", role: .constant, contents: contents))
    return AtenOperand(
      id: id, type: contents.type, strides: denseStrides(contents.type.shape))
  }
}

// MARK: Nodes

extension ProgramLowering {
  /// Adds a node that makes all outputs of a call.
  mutating func emit(
    _ name: OperatorName, _ inputs: [AtenOperand?], _ attributes: Attributes = [:],
    of call: AtenCall
  ) {
    let outputs = call.node.outputs.map { output in
      output.map { define($0, as: $0, .activation).id }
    }
    append(name, inputs, attributes, outputs: outputs, of: call)
  }

  /// Adds a node that makes one output of a call.
  mutating func emit(
    _ name: OperatorName, _ inputs: [AtenOperand?], _ attributes: Attributes = [:],
    output: Int, of call: AtenCall
  ) {
    guard call.node.outputs.indices.contains(output), let result = call.node.outputs[output]
    else { return }
    let id = define(result, as: result, .activation).id
    append(name, inputs, attributes, outputs: [id], of: call)
  }

  /// Adds a node that makes something between the operands and the output.
  mutating func intermediate(
    _ name: OperatorName, _ inputs: [AtenOperand?], _ attributes: Attributes = [:],
    type: TensorType?, of call: AtenCall
  ) -> AtenOperand {
    let id = append(
      SymbolicValue(
        name: "\(call.node.name).\(name.name.lowercased())", role: .activation))
    append(name, inputs, attributes, outputs: [id], of: call)
    return AtenOperand(id: id, type: type, strides: type.map { denseStrides($0.shape) })
  }

  private mutating func append(
    _ name: OperatorName, _ inputs: [AtenOperand?], _ attributes: Attributes,
    outputs: [ValueID?], of call: AtenCall
  ) {
    graph.nodes.append(
      Node(
        name,
        name: call.node.name.isEmpty
          ? call.node.outputs.first.flatMap(\.self) ?? "" : call.node.name,
        inputs: inputs.map { $0?.id }, outputs: outputs, attributes: attributes,
        module: call.node.module))
  }
}
