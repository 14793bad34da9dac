import ByteFormats
import ModelGraph

/// Reads one function: what it stores, and its graph.
struct MILFunction {
  private let description: CoreMLDescription
  private(set) var tensors: [MILStoredTensor] = []
  var graph = SymbolicGraph()
  var log = DiagnosticLog()

  /// The values that were made, by name.
  private var values: [String: ValueID] = [:]

  /// What is written down, by name, until an operation reads it.
  private var constants: [String: MILConstant] = [:]
  private var operationsLeft = Self.maximumOperationCount

  /// The constants of the blocks around this one; empty for a function.
  private var outer: [[String: MILConstant]] = []
  private var storedNames: Set<String> = []

  static let maximumOperationCount = 250_000

  /// How deep blocks may lie in blocks.
  static let maximumDepth = 16

  init(_ description: CoreMLDescription) { self.description = description }

  mutating func read(
    _ message: ProtobufMessage, weights: inout BlobFiles
  ) throws(ByteError) {
    var message = message
    var blocks: [String: ProtobufMessage] = [:]
    var operatorSet = ""
    while let field = try message.next() {
      switch field.number {
      case 1: try addInput(try MILOperation.Output(try field.message()))
      case 2: operatorSet = try field.string()
      case 3:
        let entry = try ProtobufEntry(try field.message())
        blocks[entry.key] = entry.value
      default: break
      }
    }
    let block = blocks[operatorSet] ?? blocks.sorted { $0.key < $1.key }.last?.value
    guard let block else {
      return log.add(.error, "emptyFunction", "a function has no block of operations")
    }
    try readBlock(block, &weights)
  }

  private mutating func readBlock(
    _ message: ProtobufMessage, _ weights: inout BlobFiles
  ) throws(ByteError) {
    var message = message
    var outputs: [String] = []
    while let field = try message.next() {
      switch field.number {
      case 2: outputs.append(try field.string())
      case 3: try add(try MILOperation(try field.message()), &weights, at: field.offset)
      default: break
      }
    }
    graph.outputs = outputs.compactMap { values[$0] }
  }

  private mutating func addInput(_ input: MILOperation.Output) throws(ByteError) {
    let feature = description.inputs.first { $0.name == input.name }
    var dimensions = input.type.dimensions
    for axis in dimensions.indices where dimensions[axis] == .unknown {
      let symbol = "\(input.name)[\(axis)]"
      dimensions[axis] = .symbol(symbol)
      if let shape = feature?.shape, shape.count == dimensions.count {
        graph.assumedSizes[symbol] = shape[axis]
      }
    }
    let declared = input.type.dataType.map { DeclaredType.tensor($0, AxisSizes(dimensions)) }
    let id = addValue(
      SymbolicValue(
        name: input.name, declared: declared, role: input.type.isState ? .state : .input))
    values[input.name] = id
    guard !input.type.isState else { return }
    graph.inputs.append(id)
  }
}

// MARK: Operations

extension MILFunction {
  private mutating func add(
    _ operation: MILOperation, _ weights: inout BlobFiles, at offset: Int
  ) throws(ByteError) {
    operationsLeft -= 1
    guard operationsLeft >= 0 else {
      throw ByteError(
        .implausibleSize("more than \(Self.maximumOperationCount) operations"), at: offset)
    }
    if operation.type == "const" { return addConstant(operation, &weights) }
    if operation.type.hasPrefix("constexpr_") { return addCompressed(operation, &weights) }
    let call = MILCall(operation: operation, constants: resolved(operation))
    if !operation.blocks.isEmpty {
      log.add(
        .warning, "opaqueBlocks",
        "of what \(operation.type.quoted) does inside, only the weights are counted",
        at: operation.outputs.first?.name ?? "")
      for block in operation.blocks { try readInner(block, &weights) }
    }
    if let rule = MILTable.rules[operation.type], rule(call, &self) { return }
    var operands: [ValueID?] = []
    for (key, bindings) in operation.inputs.sorted(by: { $0.key < $1.key }) {
      let isWeight = key.hasPrefix("weight") || key.hasSuffix("bias")
      operands += bindings.map { operand($0, isWeight: isWeight) }
    }
    emit(OperatorName(operation.type, domain: "mil"), operands, [:], of: call)
  }

  /// Takes the weights from a block of a branch or a loop.
  private mutating func readInner(
    _ block: ProtobufMessage, _ weights: inout BlobFiles
  ) throws(ByteError) {
    guard outer.count < Self.maximumDepth else {
      throw ByteError(.implausibleSize("blocks more than \(Self.maximumDepth) deep"), at: 0)
    }
    var inner = MILFunction(description)
    inner.outer = outer + [constants]
    inner.operationsLeft = operationsLeft
    try inner.readBlock(block, &weights)
    operationsLeft = inner.operationsLeft
    for tensor in inner.tensors where storedNames.insert(tensor.name).inserted {
      tensors.append(tensor)
    }
  }

  private func constant(named name: String) -> MILConstant? {
    if let own = constants[name] { return own }
    return outer.lazy.reversed().compactMap { $0[name] }.first
  }

  /// The small constants among the operands, by parameter.
  private func resolved(_ operation: MILOperation) -> [String: MILValue] {
    operation.inputs.compactMapValues { bindings in
      guard bindings.count == 1, let binding = bindings.first else { return nil }
      switch binding {
      case .value(let value): return value
      case .name(let name): return constant(named: name)?.value
      }
    }
  }

  private mutating func addConstant(_ operation: MILOperation, _ weights: inout BlobFiles) {
    guard let output = operation.outputs.first else { return }
    guard let value = operation.attributes["val"] else {
      return log.add(.error, "badConstant", "a constant holds nothing", at: output.name)
    }
    let bytes = byteCount(of: value, named: output.name, &weights)
    constants[output.name] = MILConstant(
      name: output.name, type: output.type, value: value,
      content: MILContent(value.blob, byteCount: bytes), byteCount: bytes)
  }

  /// The bytes of a value in the file, checked against those that its type needs.
  private mutating func byteCount(
    of value: MILValue, named name: String, _ weights: inout BlobFiles
  ) -> Int? {
    let needed = value.type.byteCount
    guard let blob = value.blob else { return needed }
    guard let stored = weights.byteCount(of: blob, named: name) else { return needed }
    if let needed, needed != stored {
      log.add(
        .error, "badTensor", "\(name.quoted) needs \(needed) bytes, its record has \(stored)")
    }
    return stored
  }

  /// A weight that is stored in another form and made dense where it is used.
  ///
  /// Palettes, scales, offsets and masks count with what they describe. Before iOS 18 they are attributes.
  private mutating func addCompressed(_ operation: MILOperation, _ weights: inout BlobFiles) {
    let owner = operation.outputs.first?.name ?? ""
    var content = MILContent()
    for (key, value) in operation.attributes.sorted(by: { $0.key < $1.key })
    where key != "name" && value.type.dataType != .string && key != "shape" && key != "axis" {
      content.add(value.blob, byteCount(of: value, named: "\(owner)/\(key)", &weights))
    }
    for (key, bindings) in operation.inputs.sorted(by: { $0.key < $1.key })
    where key != "vector_axis" {
      for binding in bindings {
        switch binding {
        case .value(let value):
          content.add(value.blob, byteCount(of: value, named: "\(owner)/\(key)", &weights))
        case .name(let name):
          if let constant = constant(named: name) { content.add(constant.content) }
        }
      }
    }
    for output in operation.outputs {
      constants[output.name] = MILConstant(
        name: output.name, type: output.type, value: nil, content: content,
        byteCount: content.byteCount, isCompressed: true)
    }
  }
}

/// What a program writes down under a name.
struct MILConstant {
  var name: String
  var type: MILType
  var value: MILValue?
  var content: MILContent
  var byteCount: Int?
  var isCompressed = false
}

/// The bytes that a constant is made of: records of files, each once, and numbers in the program.
struct MILContent {
  private(set) var blobs: [MILBlobReference: Int] = [:]
  private var written = 0

  /// More records than any compression makes a weight of.
  private static let maximumBlobCount = 64

  init() {}

  init(_ blob: MILBlobReference?, byteCount: Int?) { add(blob, byteCount) }

  mutating func add(_ blob: MILBlobReference?, _ byteCount: Int?) {
    if let blob {
      blobs[blob] = byteCount ?? 0
    } else {
      written = Self.sum(written, byteCount ?? 0)
    }
  }

  mutating func add(_ other: MILContent) {
    guard blobs.count < Self.maximumBlobCount else { return }
    blobs.merge(other.blobs) { first, _ in first }
    written = Self.sum(written, other.written)
  }

  var byteCount: Int { blobs.values.reduce(written, Self.sum) }

  private static func sum(_ first: Int, _ second: Int) -> Int {
    let (sum, overflow) = first.addingReportingOverflow(second)
    return overflow ? Int.max : sum
  }
}

// MARK: Values

extension MILFunction {
  mutating func addValue(_ value: SymbolicValue) -> ValueID {
    graph.values.append(value)
    return ValueID(graph.values.count - 1)
  }

  /// The value that an operation reads, as a weight or as a mere number.
  mutating func operand(_ binding: MILOperation.Binding, isWeight: Bool = false) -> ValueID? {
    switch binding {
    case .value(let value):
      return addValue(
        SymbolicValue(
          name: "literal_\(graph.values.count)", declared: value.type.declared, role: .constant,
          contents: value.tensorValue))
    case .name(let name):
      if let id = values[name] { return id }
      guard let constant = constant(named: name) else {
        if outer.isEmpty {
          log.add(.error, "danglingName", "nothing in the function has this name", at: name)
        }
        let id = addValue(SymbolicValue(name: name, role: .activation))
        values[name] = id
        return id
      }
      return add(constant, isWeight: isWeight)
    }
  }

  private mutating func add(_ constant: MILConstant, isWeight: Bool) -> ValueID {
    let isParameter = constant.isParameter(isWeight: isWeight)
    let id = addValue(
      SymbolicValue(
        name: constant.name, declared: constant.type.declared,
        role: isParameter ? .parameter : .constant, contents: constant.value?.tensorValue))
    values[constant.name] = id
    let blobs = constant.content.blobs.keys
    guard let type = constant.type.tensorType, isParameter || !blobs.isEmpty,
      storedNames.insert(constant.name).inserted
    else { return id }
    let dense = Tensor.Content(elementCount: type.elementCount, byteCount: type.byteCount)
    let held = Tensor.Content(
      elementCount: type.elementCount,
      byteCount: constant.byteCount.map { ByteCount($0) } ?? type.byteCount)
    tensors.append(
      MILStoredTensor(
        name: constant.name, type: type, role: isParameter ? .parameter : .constant,
        held: held == dense ? nil : held, blobs: Array(blobs)))
    return id
  }

  /// Adds a node that makes what an operation says.
  mutating func emit(
    _ name: OperatorName, _ inputs: [ValueID?], _ attributes: Attributes = [:], of call: MILCall
  ) {
    let outputs = call.operation.outputs.map { output -> ValueID? in
      let id = addValue(
        SymbolicValue(name: output.name, declared: output.type.declared, role: .activation))
      values[output.name] = id
      return id
    }
    graph.nodes.append(
      Node(
        name, name: call.operation.outputs.first?.name ?? "", inputs: inputs, outputs: outputs,
        attributes: attributes))
  }

  /// Adds a node between the operands and what the operation makes.
  mutating func intermediate(
    _ name: OperatorName, _ inputs: [ValueID?], _ attributes: Attributes = [:], of call: MILCall
  ) -> ValueID {
    let path = call.operation.outputs.first?.name ?? ""
    let id = addValue(
      SymbolicValue(name: "\(path)/\(name.name)_\(graph.values.count)", role: .activation))
    graph.nodes.append(
      Node(name, name: path, inputs: inputs, outputs: [id], attributes: attributes))
    return id
  }

  mutating func constant(_ integers: [Int], of call: MILCall) -> ValueID {
    let value = TensorValue(integers)
    return addValue(
      SymbolicValue(
        name: "literal_\(graph.values.count)", declared: DeclaredType(value.type),
        role: .constant, contents: value))
  }
}

extension MILConstant {
  /// Whether the numbers are trained: those of weights, and all that are compressed.
  fileprivate func isParameter(isWeight: Bool) -> Bool {
    guard let type = type.tensorType else { return false }
    return isCompressed || (type.dataType.isFloatingPoint && isWeight && type.rank > 0)
  }
}
