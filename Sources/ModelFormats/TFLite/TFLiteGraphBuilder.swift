import ByteFormats
import ModelGraph

/// Makes our graph and our list of tensors of what a file says.
///
/// A value has the number that its tensor has in the subgraph, since runtimes plan in that order.
struct TFLiteGraphBuilder {
  let contents: TFLiteFile
  let file: MappedFile
  private(set) var tensors: [Tensor] = []
  var log = DiagnosticLog()
  private var seenBuffers: Set<Int> = []

  /// How many values and nodes bodies may have together; two nodes may name one body.
  private var bodyEntriesLeft: Int

  /// The subgraphs around the one being read, from the first.
  private var path: [Int] = []

  private static let maximumDepth = 16

  init(_ contents: TFLiteFile, file: MappedFile) {
    self.contents = contents
    self.file = file
    let entries = contents.subgraphs.map { $0.tensors.count + $0.nodes.count }.reduce(0, +)
    bodyEntriesLeft = 8 * entries + 1024
  }

  /// The first subgraph, in both readings.
  mutating func graph() throws(ByteError) -> TFLiteGraph {
    for subgraph in contents.subgraphs { addTensors(of: subgraph) }
    let converted = try symbolicGraph(0, isOpen: false)
    let hasOpenSizes = contents.subgraphs.contains { graph in
      graph.tensors.contains { $0.signature.contains(-1) }
    }
    guard hasOpenSizes else { return TFLiteGraph(converted: converted, open: converted) }
    return TFLiteGraph(converted: converted, open: try symbolicGraph(0, isOpen: true))
  }
}

// MARK: Tensors

extension TFLiteGraphBuilder {
  private mutating func addTensors(of subgraph: TFLiteFile.Subgraph) {
    let uses = TFLiteTensorUse.uses(in: subgraph, contents.operators)
    for (index, entry) in subgraph.tensors.enumerated() where isStored(entry) {
      guard seenBuffers.insert(entry.buffer).inserted, let type = storedType(entry, index) else {
        continue
      }
      tensors.append(
        Tensor(
          name: Self.name(entry, index), type: type,
          role: Tensor.Role(type, use: uses[index]), storage: entry.buffer))
    }
  }

  private func isStored(_ entry: TFLiteFile.TensorEntry) -> Bool {
    contents.buffers.indices.contains(entry.buffer) && !contents.buffers[entry.buffer].isEmpty
  }

  /// What the file holds of a tensor: of a sparse one the elements that are not zero.
  private mutating func storedType(
    _ entry: TFLiteFile.TensorEntry, _ index: Int
  ) -> TensorType? {
    let name = Self.name(entry, index)
    guard let dataType = entry.dataType, entry.shape.isPlausible else {
      log.add(.error, "badTensor", "the shape \(entry.shape) or its type is none", at: name)
      return nil
    }
    let found = contents.buffers[entry.buffer].count
    let type = TensorType(dataType, entry.shape)
    guard dataType != .string, found != type.byteCount.value else { return type }
    let layout = dataType.layout
    let stored = TensorType(dataType, [found / layout.bytes * layout.elements])
    if !entry.isSparse {
      log.add(
        .error, "badTensor",
        "the shape \(entry.shape) needs \(type.byteCount), the buffer has \(found)", at: name)
    }
    return stored
  }

  static func name(_ entry: TFLiteFile.TensorEntry, _ index: Int) -> String {
    entry.name.isEmpty ? "tensor \(index)" : entry.name
  }
}

// MARK: Graphs

extension TFLiteGraphBuilder {
  private mutating func symbolicGraph(
    _ index: Int, isOpen: Bool
  ) throws(ByteError) -> SymbolicGraph {
    path.append(index)
    defer { path.removeLast() }
    let subgraph = contents.subgraphs[index]
    let uses = TFLiteTensorUse.uses(in: subgraph, contents.operators)
    var graph = SymbolicGraph(
      name: subgraph.name, inputs: subgraph.inputs.ids, outputs: subgraph.outputs.ids)
    let inputs = Set(subgraph.inputs)
    let made = Set(subgraph.nodes.flatMap(\.outputs))
    for (index, entry) in subgraph.tensors.enumerated() {
      var value = try value(
        entry, index, uses[index], isInput: inputs.contains(index), isOpen: isOpen)
      if !inputs.contains(index), !made.contains(index) { value.setEmptyConstant(entry.type) }
      graph.values.append(value)
    }
    for (position, entry) in subgraph.nodes.enumerated() {
      graph.nodes.append(
        try node(entry, position, subgraph, in: &graph, isOpen: isOpen))
    }
    return graph
  }

  private func value(
    _ entry: TFLiteFile.TensorEntry, _ index: Int, _ use: TFLiteTensorUse, isInput: Bool,
    isOpen: Bool
  ) throws(ByteError) -> SymbolicValue {
    let isStored = isStored(entry)
    var value = SymbolicValue(
      name: Self.name(entry, index),
      declared: declared(entry, isInput: isInput, isOpen: isOpen && !isStored), role: .activation)
    if entry.isVariable {
      value.role = .state
    } else if isStored, let type = entry.type {
      value.role = ValueRole(Tensor.Role(type, use: use))
      value.contents = try smallContents(entry, type)
    } else if isInput {
      value.role = .input
    }
    return value
  }

  private func declared(
    _ entry: TFLiteFile.TensorEntry, isInput: Bool, isOpen: Bool
  ) -> DeclaredType? {
    guard let dataType = entry.dataType else { return .other }
    guard isOpen, entry.signature.count == entry.shape.count else {
      return .tensor(dataType, AxisSizes(entry.shape))
    }
    let dimensions = zip(entry.signature, entry.shape).enumerated().map { axis, sizes in
      guard sizes.0 < 0 else { return Dimension.size(sizes.1) }
      return isInput && axis == 0 ? .symbol("batch") : .unknown
    }
    return .tensor(dataType, AxisSizes(dimensions))
  }

  private mutating func node(
    _ entry: TFLiteFile.NodeEntry, _ position: Int, _ subgraph: TFLiteFile.Subgraph,
    in graph: inout SymbolicGraph, isOpen: Bool
  ) throws(ByteError) -> Node {
    let code = contents.operators[entry.code]
    var node = Node(
      OperatorName(code), version: code.version, inputs: entry.inputs.optionalIDs,
      outputs: entry.outputs.optionalIDs, attributes: entry.attributes)
    let tensors = entry.inputs + entry.outputs
    let scales = tensors.map { $0 < 0 ? 0 : subgraph.tensors[$0].scaleCount }
    if scales.contains(where: { $0 > 0 }) { node.attributes["scales"] = .integers(scales) }
    for body in entry.attributes.entries where body.name.hasSuffix("_subgraph_index") {
      guard case .integer(let index) = body.value,
        canEnter(index, at: "node \(position)")
      else { continue }
      node.bodies.append(
        Node.Body(
          attribute: String(body.name.dropLast("_subgraph_index".count)),
          index: graph.bodies.count))
      graph.bodies.append(try symbolicGraph(index, isOpen: isOpen))
    }
    return node
  }

  private mutating func canEnter(_ index: Int, at location: String) -> Bool {
    let subgraph = contents.subgraphs[index]
    let size = subgraph.tensors.count + subgraph.nodes.count + 1
    guard path.count < Self.maximumDepth, !path.contains(index), size <= bodyEntriesLeft else {
      log.add(
        .error, "controlFlow",
        "control flow that leads back to itself or is nested too deep is not followed",
        at: location)
      return false
    }
    bodyEntriesLeft -= size
    return true
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

extension SymbolicValue {
  /// A tensor of no elements needs no buffer: the shape of a scalar is one that nothing makes.
  fileprivate mutating func setEmptyConstant(_ type: TensorType?) {
    guard role == .activation, let type, type.elementCount == 0, type.dataType.isInteger else {
      return
    }
    role = .constant
    contents = TensorValue(type, .integers([]))
  }
}

extension [Int] {
  fileprivate var ids: [ValueID] { filter { $0 >= 0 }.map { ValueID($0) } }
  fileprivate var optionalIDs: [ValueID?] { map { $0 < 0 ? nil : ValueID($0) } }
}

extension TFLiteFile.TensorEntry {
  var type: TensorType? {
    guard let dataType, shape.isPlausible else { return nil }
    return TensorType(dataType, shape)
  }
}
