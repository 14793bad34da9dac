import ModelGraph

/// Writes an exported program in our operators, for known sizes of its symbols.
struct ProgramLowering {
  private let program: ExportedProgram
  let sizes: [String: Int]
  private var graph = SymbolicGraph()

  private let facts: ProgramFacts
  private let nodeFacts: NodeFacts
  private var body: ExportedBody { facts.body }

  /// The value of each tensor, by its name in the body.
  private var values: NameMap<AtenOperand> = [:]

  /// The last of our nodes that each node became.
  private var ends: [Int] = []

  /// The last node of the calls that read each value in several nodes.
  private var operandEnds: [ValueID: Int] = [:]

  /// Those that autocast makes for a call, which go before its operands do, the last first.
  private var operandCasts: Set<ValueID> = []

  /// The state that modules keep in single precision.
  private(set) var keptSingle: Set<ValueID> = []

  /// What the reader should know of the program.
  private(set) var notes: [Diagnostic] = []

  /// Whether autograd does not watch the node.
  private var isDetached = false

  /// The part that is computed again which the node belongs to; `nil` if it belongs to none.
  private var recomputedPart: Int?

  init(_ program: ExportedProgram, _ facts: ProgramFacts, sizes: [String: Int]) {
    (self.program, self.facts, nodeFacts) = (program, facts, facts.nodes.value)
    self.sizes = sizes.merging(facts.contentSizes) { chosen, _ in chosen }
    guard !facts.contentSizes.isEmpty else { return }
    notes.append(
      Diagnostic(
        .note, "contentSizes",
        "how many elements masks pick depends on contents, which no file holds: as few as may be are "
          + "counted"))
  }

  /// Writes the program down; a graph has the same nodes and values once it is bound.
  mutating func lowered() -> SymbolicGraph {
    addNodes()
    watchScaledEmbeddings()
    graph.outputs = body.outputs.flatMap(\.tensorNames).compactMap { values[$0]?.id }
    // What is bound is the only one, so that its nodes can be changed where they are.
    defer { graph = SymbolicGraph() }
    return graph
  }

  private mutating func addNodes() {
    reserveCapacity()
    for name in body.inputNames { addInput(name) }
    for name in nodeFacts.cached.kept.sorted() { _ = define(name, as: name, .state) }
    var function: OwnFunctions.Call?
    for (index, node) in body.nodes.enumerated() {
      if let branch = nodeFacts.dropped.branches[index] { drop(branch, before: node) }
      let first = graph.nodes.count
      function = nodeFacts.functions[index] ?? function
      isDetached = function != nil || node.isDetached
      recomputedPart = nodeFacts.recomputed.parts[index]
      if !nodeFacts.unneeded.contains(index) { add(node) }
      if let call = function, call.nodes.upperBound == index + 1 {
        finish(call)
        function = nil
      }
      if node.endsAutocast, let last = graph.nodes.indices.last {
        graph.nodes[last].attributes[Node.autocastEndAttribute] = .integer(1)
      }
      ends.append(graph.nodes.count - 1)
      holdOperands(ofNodesFrom: first)
      if nodeFacts.bounds.ofNumbers.contains(index) { bound(node, byTensors: false) }
      if nodeFacts.bounds.ofTensors.contains(index) { bound(node, byTensors: true) }
    }
  }

  private mutating func reserveCapacity() {
    values.reserveCapacity(body.tensors.count)
    graph.values.reserveCapacity(body.tensors.count)
    graph.nodes.reserveCapacity(body.nodes.count)
    ends.reserveCapacity(body.nodes.count)
  }

  /// Lets what a module that scales its rows gives be watched in place of the rows themselves.
  private mutating func watchScaledEmbeddings() {
    for index in graph.nodes.indices
    where graph.nodes[index].attributes.flag(Node.watchableAttribute) {
      let node = graph.nodes[index]
      let rest = graph.nodes[index...].dropFirst().prefix { $0.module == node.module }
      guard let rows = node.outputs.first,
        let scaling = rest.indices.first(where: {
          graph.nodes[$0].operatorName == "Mul" && graph.nodes[$0].inputs.contains(rows)
        })
      else { continue }
      graph.nodes[index].attributes[Node.watchableAttribute] = nil
      graph.nodes[scaling].attributes[Node.watchableAttribute] = .integer(1)
    }
  }

  /// The tensor of whose element type noise is.
  mutating func noiseModel(of call: AtenCall) -> AtenOperand? {
    guard let name = call.node.outputs.first.flatMap(\.self),
      let model = nodeFacts.noise.models[name]
    else {
      return nil
    }
    return operand(model)
  }

  /// Whether a call reads a tensor at places that the host has made.
  func readsHostPlaces(_ call: AtenCall) -> Bool {
    call.node.tensorNames.contains { nodeFacts.hostTensors.brought.contains($0) }
  }

  /// The tensor that a name is a view of; `nil` if it is none.
  func base(of name: String) -> String? { nodeFacts.bases.bases[name] }

  /// Whether a tensor is one that nodes make.
  func isMade(_ operand: AtenOperand) -> Bool {
    graph.values[operand.id.index].role == .activation
  }

  /// Whether a tensor is an input whose name ends as told, or a view of it.
  func isOfInput(_ operand: AtenOperand, named ending: String) -> Bool {
    var id = operand.id
    for node in graph.nodes.reversed() where node.outputs.first == id {
      guard node.operatorName == "View", let viewed = node.inputs.first ?? nil else { break }
      id = viewed
    }
    return graph.inputs.contains(id) && graph.values[id.index].name.hasSuffix(ending)
  }

  /// Makes a name stand for another value from here on.
  mutating func rename(_ name: String, as operand: AtenOperand) {
    var operand = operand
    operand.strides = values[name]?.strides ?? operand.strides
    values[name] = operand
  }

  /// Whether a call brings a tensor that the host has made to the device.
  func bringsToDevice(_ call: AtenCall) -> Bool {
    call.node.outputs.first.flatMap(\.self).map { nodeFacts.hostTensors.brought.contains($0) }
      ?? false
  }

  /// The tensor whose type a cast asks for; `nil` if that is not known.
  mutating func castModel(of call: AtenCall) -> AtenOperand? {
    guard let name = call.node.outputs.first.flatMap(\.self), let model = facts.castModels[name]
    else {
      return nil
    }
    return operand(model)
  }

  /// Whether a call makes a single number on the device.
  func makesDeviceScalar(_ call: AtenCall) -> Bool {
    call.node.outputs.first.flatMap(\.self).map { nodeFacts.hostTensors.deviceScalars.contains($0) }
      ?? false
  }

  /// Whether a mask is written out for every sequence.
  func isWrittenOut(_ name: String?) -> Bool {
    name.map { facts.masks.padded.contains($0) } ?? false
  }

  /// Whether attention is causal in place of a mask; `nil` if it takes the mask.
  func isCausal(insteadOf name: String?) -> Bool? { name.flatMap { facts.masks.isCausal[$0] } }

  /// Lets gradients flow around what a function with a backward pass of its own has computed.
  private mutating func finish(_ function: OwnFunctions.Call) {
    isDetached = false
    let node = body.nodes[function.nodes.upperBound - 1]
    let call = AtenCall(node, isInPlace: false, arguments: [], outputs: [])
    let inputs = (function.inputs + [function.kept(of: body)].compactMap(\.self)).map {
      operand($0)
    }
    for name in function.results {
      guard let result = values[name] else { continue }
      let id = append(SymbolicValue(name: "\(name).differentiable", role: .activation))
      append(
        "OwnBackward", [result] + inputs, ["function": .string(function.name)], outputs: [id],
        of: call)
      values[name] = AtenOperand(id: id, type: result.type, strides: result.strides)
    }
    guard !notes.contains(where: { $0.code == "ownBackward" }) else { return }
    notes.append(
      Diagnostic(
        .note, "ownBackward",
        "a function has a backward pass of its own, which an export does not hold: it is taken to "
          + "keep what it reads", at: node.name))
  }

  /// Keeps what a node has made between bounds where it is of `float16`.
  private mutating func bound(_ node: ExportedNode, byTensors: Bool) {
    guard let name = node.outputs.first ?? nil, let result = values[name] else { return }
    let call = AtenCall(node, isInPlace: false, arguments: [], outputs: [])
    let id = append(SymbolicValue(name: "\(name).bounded", role: .activation))
    append(
      "BoundedInHalf", [result], ["tensors": .integer(byTensors ? 1 : 0)], outputs: [id], of: call)
    values[name] = AtenOperand(id: id, type: result.type, strides: result.strides)
  }

  /// Drops whole samples of a branch at random before a node adds it to what goes around it.
  private mutating func drop(_ branch: String, before node: ExportedNode) {
    let kept = operand(branch)
    let call = AtenCall(node, isInPlace: false, arguments: [], outputs: [])
    var dropped = intermediate(
      "StochasticDepth", [kept], [Node.evaluatesAttribute: .integer(1)], type: kept.type, of: call)
    dropped.strides = kept.strides
    values[branch] = dropped
  }

  /// Notes that the operands of a call that became several nodes live until the last of them, as do the casts that autocast gives
  /// the call in their places.
  private mutating func holdOperands(ofNodesFrom first: Int) {
    let last = graph.nodes.count - 1
    guard last > first else { return }
    let own = Set(graph.nodes[first...last].flatMap { $0.outputs.compactMap(\.self) })
    for node in graph.nodes[first..<last] {
      for case let id? in node.inputs where !own.contains(id) { operandEnds[id] = last }
      guard node.attributes.flag("autocast"), case let cast?? = node.outputs.first else { continue }
      operandEnds[cast] = last
      operandCasts.insert(cast)
    }
  }

  /// Marks nodes of the bound graph whose outputs a variable of Python holds beyond their last use.
  func hold(_ variables: PythonVariables, in graph: inout Graph) {
    var holds: [ValueID: (step: Int, depth: CallDepth, place: Int)] = [:]
    for (name, hold) in variables.holds where ends.indices.contains(hold.node) {
      guard let id = values[name]?.id else { continue }
      let candidate = (ends[hold.node], hold.depth, hold.place)
      if let other = holds[id], (other.step, other.place) >= (ends[hold.node], hold.place) {
        continue
      }
      holds[id] = candidate
    }
    for (id, step) in operandEnds where step > holds[id]?.step ?? -1 {
      holds[id] = (step, .operand, operandCasts.contains(id) ? -id.index : id.index)
    }
    for step in graph.nodes.indices {
      let found = graph.nodes[step].outputs.compactMap { $0.flatMap { holds[$0] } }
      guard let hold = found.max(by: { ($0.step, $0.place) < ($1.step, $1.place) }),
        hold.step > step
      else { continue }
      let ends = graph.nodes[...hold.step].last { $0.outputs.contains { $0 != nil } }
      guard let end = ends?.outputs.lazy.compactMap(\.self).first else { continue }
      graph.nodes[step].variable = VariableHold(
        until: end, depth: hold.depth, place: hold.place)
    }
  }

  private mutating func addInput(_ name: String) {
    guard values[name] == nil else { return }
    guard let stored = program.stored[name] else {
      graph.inputs.append(define(name, as: name, .input).id)
      return
    }
    switch stored.role {
    case .parameter: _ = define(name, as: stored.name, isFrozen(name) ? .state : .parameter)
    case .state:
      let state = define(name, as: stored.name, .state)
      if SingleState.contains(stored.name, of: program) { keptSingle.insert(state.id) }
    case .constant, .optimizerState: _ = define(name, as: stored.name, .constant)
    }
  }

  /// Whether a parameter is not trained although others are.
  private func isFrozen(_ name: String) -> Bool {
    program.hasTrainedParameters && body.tensors[name]?.needsGradient == false
  }

  private mutating func add(_ node: ExportedNode) {
    guard !node.outputs.isEmpty, !unmask(node) else { return }
    let target = node.target
    let call = AtenCall(
      node, isInPlace: target.isInPlace,
      arguments: resolved(facts.masks.arguments(of: node)),
      outputs: node.outputs.map { name in name.flatMap { type($0) } })
    let rule =
      bringsToDevice(call)
      ? .filled : AtenTable.rules[target.fullName] ?? AtenTable.rules[target.name]
    if rule?.lower(call, &self) != true {
      emit(target.opaqueName, call.operands, call.marked([:]), of: call)
    }
    if target.isInPlace { overwrite(node) }
  }

  /// Writes a tensor with nothing hidden as the tensor itself; `false` if it is none.
  private mutating func unmask(_ node: ExportedNode) -> Bool {
    if let result = node.outputs.first, let result, let original = facts.masks.unmasked[result] {
      values[result] = operand(original)
      return true
    }
    if let result = node.outputs.first, let result, let original = facts.masks.futureHidden[result]
    {
      return hideFuture(of: original, as: result, node)
    }
    return false
  }

  /// Writes a tensor with the future hidden by a triangle of truth values; `false` if its sizes are
  /// not known.
  ///
  /// Source: `create_position_bias_mask` of `sdpa_attention.py`, transformers 5.23.
  private mutating func hideFuture(
    of original: String, as result: String, _ node: ExportedNode
  ) -> Bool {
    guard let type = type(result), type.rank == 4 else { return false }
    let call = AtenCall(node, isInPlace: false, arguments: [], outputs: [type])
    let sides = type.shape.suffix(2).map { count in
      intermediate(
        "Arange", [], ["count": .integer(count)], type: TensorType(.int64, [count]), of: call)
    }
    let column = intermediate(
      "View", [sides[0]], ["shape": .integers([type.shape[2], 1])],
      type: TensorType(.int64, [type.shape[2], 1]), of: call)
    let triangle = intermediate(
      "GreaterOrEqual", [column, sides[1]], type: TensorType(.bool, Shape(type.shape.suffix(2))),
      of: call)
    let number = constant(TensorValue(TensorType(type.dataType, []), .floats([0])), for: call)
    emit("Where", [triangle, operand(original), number], of: call)
    return true
  }

  /// What is read under the name of an overwritten tensor from here on is the result.
  private mutating func overwrite(_ node: ExportedNode) {
    guard let result = node.outputs.first, let result, let value = values[result],
      let name = node.operand
    else { return }
    values[name] = value
  }
}

// MARK: Arguments

extension ProgramLowering {
  private mutating func resolved(
    _ arguments: [ExportedNode.Argument]
  ) -> [AtenCall.Argument] {
    arguments.map { argument in
      // A number of the host is as good as one that is written down.
      if case .tensor(let name) = argument.value, nodeFacts.hostTensors.scalars.contains(name) {
        return AtenCall.Argument(name: argument.name, value: .float(1))
      }
      return AtenCall.Argument(name: argument.name, value: resolved(argument.value))
    }
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
    case .region, .other: .unknown
    }
  }

  private func resolved(_ all: [ExportedArgument.Size]) -> AtenCall.Value {
    let known = all.compactMap { size -> Int? in
      switch size {
      case .number(let number): number
      case .name(let name): body.integers[name]?.value(sizes)
      }
    }
    return known.count == all.count ? .integers(known) : .unknown
  }

  /// The value of a name; one that nothing made gets the type the file states.
  mutating func operand(_ name: String) -> AtenOperand {
    values[name] ?? define(name, as: name, .activation)
  }

  private func type(_ name: String) -> TensorType? {
    facts.body.tensors[name].flatMap { type($0) }
  }

  private func type(_ tensor: ExportedTensor) -> TensorType? {
    tensor.shape(sizes).map { TensorType(tensor.dataType, $0) }
  }
}

// MARK: Values

extension ProgramLowering {
  private mutating func define(
    _ name: String, as shownName: String, _ role: ValueRole
  ) -> AtenOperand {
    let tensor = facts.body.tensors[name]
    let id = append(
      SymbolicValue(name: shownName, declared: tensor?.declared(sizes), role: role))
    let strides = tensor?.strides.values(sizes)
    let operand = AtenOperand(id: id, type: tensor.flatMap { type($0) }, strides: strides)
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

  /// Has what a call makes stay in single precision whatever type the model is cast to.
  mutating func keepSingle(_ call: AtenCall) {
    guard let name = call.node.outputs.first.flatMap(\.self) else { return }
    keptSingle.insert(operand(name).id)
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
    var attributes = attributes
    if isDetached { attributes["detached"] = .integer(1) }
    if let recomputedPart { attributes[Node.recomputedAttribute] = .integer(recomputedPart) }
    if call.node.isUncast { attributes["uncast"] = .integer(1) }
    if let type = call.node.autocast { attributes[Node.autocastAttribute] = .string(type.rawValue) }
    if !call.node.lists.isEmpty {
      attributes[Node.listsAttribute] = .integers(call.node.lists)
    }
    graph.nodes.append(
      Node(
        name,
        name: call.node.name.isEmpty
          ? call.node.outputs.first.flatMap(\.self) ?? "" : call.node.name,
        inputs: inputs.map { $0?.id }, outputs: outputs, attributes: attributes,
        module: call.node.module))
  }
}
