import ModelGraph

/// The inference of the types and small contents of one graph's values.
///
/// The nodes are visited once, in order. Everything is an array indexed by value, so the time is
/// linear in the size of the graph.
struct GraphInference: Sendable {
  let source: SymbolicGraph
  let session: InferenceSession

  /// How many control-flow nodes are around this graph.
  let depth: Int

  private(set) var types: [ValueType]
  private(set) var contents: [TensorValue?]

  /// The graph as exported, if its fixed sizes were replaced.
  var baseline: Baseline?

  /// The attributes of nodes, by position, whose sizes were written down for another batch.
  private(set) var correctedAttributes: [Int: Attributes] = [:]

  /// The bodies as far as they were inferred.
  private(set) var bodies: [GraphInference?]

  /// The largest sequence whose length is not charged to the limits.
  private static let shortSequence = 16

  /// The largest contents whose reading is not charged to the limits.
  private static let freelyRead = 64

  init(_ source: SymbolicGraph, session: InferenceSession, depth: Int = 0) {
    self.source = source
    self.session = session
    self.depth = depth
    types = []
    contents = []
    bodies = Array(repeating: nil, count: source.bodies.count)
    setStoredValues()
  }

  private mutating func setStoredValues() {
    let sizes = session.sizes
    types.reserveCapacity(source.values.count)
    contents.reserveCapacity(source.values.count)
    for value in source.values {
      let known = value.contents.flatMap { $0.isSound ? $0 : nil }
      contents.append(known)
      types.append(Self.initialType(of: value, contents: known, sizes))
    }
  }

  private static func initialType(
    of value: SymbolicValue, contents: TensorValue?, _ sizes: [String: Int]
  ) -> ValueType {
    if let contents { return .tensor(contents.type) }
    switch value.role {
    case .parameter, .state, .constant: return value.declared?.resolved(sizes) ?? .unknown
    case .input, .activation, .captured: return .unknown
    }
  }

  mutating func set(_ id: ValueID, _ inferred: Inferred) {
    types[id.index] = inferred.type
    contents[id.index] = inferred.contents
  }

  mutating func setInputs(_ inputs: [ValueID: Inferred]) {
    for (id, inferred) in inputs { set(id, inferred) }
  }

  func inferred(_ id: ValueID) -> Inferred {
    Inferred(types[id.index], contents: contents[id.index])
  }

  mutating func run() {
    for (position, node) in source.nodes.enumerated() { visit(node, at: position) }
  }
}

// MARK: One node

extension GraphInference {
  private mutating func visit(_ node: Node, at position: Int) {
    guard let definition = session.operators[node.operatorName] else {
      session.reportOpaque(node)
      return storeDeclared(node)
    }
    let scope = node.bodies.isEmpty ? nil : BodyScope(of: node, in: self)
    var call = makeCall(node, scope)
    do {
      let outputs = try infer(definition, &call, node)
      if baseline != nil, call.attributes != node.attributes {
        correctedAttributes[position] = call.attributes
      }
      let known = evaluate(definition, call, outputs)
      store(outputs, known, of: node)
    } catch {
      report(error, at: node)
      storeDeclared(node)
    }
    keepBodies(of: scope)
  }

  /// The outputs' types, frozen sizes corrected if the inputs' were replaced.
  private mutating func infer(
    _ definition: OperatorDefinition, _ call: inout OperatorCall, _ node: Node
  ) throws(ShapeError) -> [ValueType] {
    guard let baseline else { return try definition.shape(call) }
    let unfrozen =
      baseline.sideBySide(call, of: node, definition)
      ?? baseline.unfrozen(call, of: node, definition)
    if let unfrozen, let outputs = try? definition.shape(unfrozen) {
      session.reportResized(node)
      if unfrozen.inputs != call.inputs { adopt(unfrozen.inputs, of: node) }
      call = unfrozen
      return outputs
    }
    do {
      return try definition.shape(call)
    } catch {
      guard !error.isLackOfKnowledge else { throw error }
      let outputs =
        inferResized(definition, &call, node, baseline, ofOneExample: false)
        ?? inferShifted(definition, &call, node, baseline)
        ?? inferResized(definition, &call, node, baseline, ofOneExample: true)
      guard let outputs else { throw error }
      session.reportResized(node)
      return outputs
    }
  }

  /// The outputs' types for operands of another size at one of the first axes.
  private mutating func inferResized(
    _ definition: OperatorDefinition, _ call: inout OperatorCall, _ node: Node,
    _ baseline: Baseline, ofOneExample: Bool
  ) -> [ValueType]? {
    for axis in 0..<2 {
      guard
        let corrected = baseline.resized(call, of: node, axis: axis, ofOneExample: ofOneExample),
        let outputs = try? definition.shape(corrected)
      else { continue }
      adopt(corrected.inputs, of: node)
      call = corrected
      return outputs
    }
    return nil
  }

  /// The outputs' types if an operand's reshape put the examples into an axis beside the one that was taken to have them.
  private mutating func inferShifted(
    _ definition: OperatorDefinition, _ call: inout OperatorCall, _ node: Node,
    _ baseline: Baseline
  ) -> [ValueType]? {
    for (position, input) in node.inputs.enumerated() {
      guard let input, let producer = baseline.producers[input],
        let stated = correctedAttributes[producer]?.integers("shape"),
        case .tensor(let type)? = call.inputs[position], stated == type.shape
      else { continue }
      for shape in baseline.shifted(stated, of: input) {
        var shifted = call
        shifted.inputs[position] = .tensor(TensorType(type.dataType, shape))
        guard let outputs = try? definition.shape(shifted) else { continue }
        adopt(shape, of: input)
        call = shifted
        return outputs
      }
    }
    return nil
  }

  /// Corrects operands that nodes made of frozen sizes.
  private mutating func adopt(_ inputs: [ValueType?], of node: Node) {
    for case (let id?, .tensor(let type)?) in zip(node.inputs, inputs) { adopt(type.shape, of: id) }
  }

  /// Corrects a value, and what it was made of that had its shape.
  private mutating func adopt(_ shape: Shape, of id: ValueID) {
    guard let old = types[id.index].tensorType?.shape, old != shape else { return }
    var open = [id]
    while let id = open.popLast() {
      guard source.values[id.index].role == .activation, case .tensor(var type) = types[id.index],
        type.shape == old
      else { continue }
      type.shape = shape
      types[id.index] = .tensor(type)
      contents[id.index] = nil
      guard let position = baseline?.producers[id] else { continue }
      let producer = source.nodes[position]
      var attributes = correctedAttributes[position] ?? producer.attributes
      if attributes.integers("shape").map({ isStated($0, as: old) }) ?? false {
        attributes["shape"] = .integers(shape)
        correctedAttributes[position] = attributes
        // The same elements in other rows may come from anything.
        if shape.elementCount == old.elementCount { continue }
      }
      open += producer.inputs.compactMap(\.self)
    }
  }

  /// Whether a shape that a node states, one size of which may be left open, is one.
  private func isStated(_ stated: Shape, as shape: Shape) -> Bool {
    stated.count == shape.count && zip(stated, shape).allSatisfy { $0 == $1 || $0 == -1 }
  }

  private func makeCall(_ node: Node, _ scope: BodyScope?) -> OperatorCall {
    OperatorCall(
      node.inputs.map { $0.map { types[$0.index] } },
      values: node.inputs.map { $0.flatMap(readableContents) },
      attributes: node.attributes,
      version: node.version,
      outputCount: (node.outputs.lastIndex { $0 != nil } ?? -1) + 1,
      declaredOutputs: declaredTypes(of: node),
      bodies: scope ?? NoBodies())
  }

  /// The contents of an operand, unless they are large and too many such were read.
  private func readableContents(_ id: ValueID) -> TensorValue? {
    guard let value = contents[id.index] else { return nil }
    let count = value.type.elementCount
    return count <= Self.freelyRead || session.takeEvaluatedElements(count) ? value : nil
  }

  private func declaredTypes(of node: Node) -> [ValueType?] {
    let isDeclared = node.outputs.contains { output in
      output.map { source.values[$0.index].declared != nil } ?? false
    }
    return isDeclared ? node.outputs.map { $0.flatMap { declaredType($0) } } : []
  }

  func declaredType(_ id: ValueID) -> ValueType? {
    guard let declared = source.values[id.index].declared else { return nil }
    return declared.resolved(session.sizes)
  }

  /// The contents of the outputs, if they are small and follow from what is known.
  private func evaluate(
    _ definition: OperatorDefinition, _ call: OperatorCall, _ outputs: [ValueType]
  ) -> [TensorValue?] {
    guard let evaluation = definition.evaluation,
      outputs.allSatisfy({ $0.tensorType?.shape.isPlausible ?? true })
    else { return [] }
    let written = outputs.reduce(0) { saturatingPairSum($0, $1.elementCount) }
    guard written <= TensorValue.maximumElementCount, session.takeEvaluatedElements(written)
    else { return [] }
    return (try? evaluation(call, outputs: outputs)) ?? []
  }
}

// MARK: Results

extension GraphInference {
  private mutating func store(_ outputs: [ValueType], _ known: [TensorValue?], of node: Node) {
    for (position, output) in node.outputs.enumerated() {
      guard let output else { continue }
      let type = position < outputs.count ? affordable(outputs[position]) : .unknown
      types[output.index] = reconciled(type, output, at: node)
      contents[output.index] = nil
      if types[output.index] == .unknown { reportUnknown(output, at: node) }
      baseline?.learn(from: output, types[output.index])
      if position < known.count { keep(known[position], of: output) }
    }
  }

  private mutating func keep(_ value: TensorValue?, of output: ValueID) {
    guard let value, value.isSound, .tensor(value.type) == types[output.index],
      session.takeKeptElements(value.type.elementCount + 1)
    else { return }
    contents[output.index] = value
  }

  /// The type, or unknown if it is a long sequence and too many of these were made.
  private func affordable(_ type: ValueType) -> ValueType {
    guard case .sequence(let elements) = type, elements.count > Self.shortSequence,
      !session.takeKeptElements(elements.count)
    else { return type }
    return .unknown
  }

  private mutating func keepBodies(of scope: BodyScope?) {
    guard let scope else { return }
    for (index, inference) in scope.inferredBodies { bodies[index] = inference }
  }

  private mutating func storeDeclared(_ node: Node) {
    for case let output? in node.outputs {
      types[output.index] = declaredType(output) ?? .unknown
      contents[output.index] = nil
    }
  }

  /// The inferred type where there is one, compared with what the file declares.
  private func reconciled(_ type: ValueType, _ output: ValueID, at node: Node) -> ValueType {
    guard let declared = source.values[output.index].declared else { return type }
    guard type != .unknown else { return declared.resolved(session.sizes) ?? .unknown }
    guard case .tensor(let found) = type, case .tensor(let dataType, let dimensions?) = declared
    else { return type }
    let isAsDeclared = found.dataType == dataType && agrees(found.shape, dimensions)
    if !isAsDeclared, !session.isResized {
      reportDifference(of: output, declared: dataType, dimensions, found: found)
    }
    return type
  }

  private func agrees(_ shape: Shape, _ declared: AxisSizes<Dimension>) -> Bool {
    if let known = declared.shape { return shape == known }
    return shape.count == declared.count
      && zip(shape, declared).allSatisfy { agrees($0, $1) }
  }

  /// Whether an inferred size is the declared one; a symbol without a size takes it.
  private func agrees(_ size: Int, _ declared: Dimension) -> Bool {
    switch declared {
    case .size(let expected): return size == expected
    case .unknown: return true
    case .symbol(let name):
      guard let expected = session.sizes[name] else {
        if depth == 0 { session.setSize(size, of: name) }
        return true
      }
      return depth > 0 || size == expected
    }
  }
}
