import ByteFormats
import ModelGraph

/// Builds the graph of a model from its messages.
///
/// Graphs nest: the one being built is the last of ``levels``, the ones around it come before.
/// Names become value IDs here, and functions are inlined where they are called.
struct GraphBuilder {
  var levels: [Level] = []
  var call: Call
  var tensors = TensorCollector()
  var external: ExternalData
  var log: DiagnosticLog

  /// The nodes that could not be put in order, one of each cycle met.
  var cycles: [String] = []
  let functions: [FunctionKey: FunctionMessage]

  /// How often a function call was given each name, so that every one gets another.
  var callNames: [String: Int] = [:]

  /// The number of the field of a `GraphProto` that holds the nodes.
  static let nodeField = 1

  /// One of the graphs being built.
  struct Level {
    var graph: SymbolicGraph
    var scope = Scope(seesOuter: true)

    /// What the nodes use each value as.
    var uses: [TensorUse] = []

    /// Whether each value is there when the next node runs.
    var isAvailable: [Bool] = []

    /// Whether a node came before one whose output it reads.
    var isUnsorted = false

    /// The stored tensors among the values.
    var stored: [StoredTensor] = []

    /// Where the graph is nested, such as `If_3/then_branch/`.
    var path: String
  }

  /// The names that can be read: those of a graph, or of a function inlined into it.
  struct Scope {
    var values: [String: ValueID] = [:]

    /// The inputs of a function that its call leaves out.
    var omitted: Set<String> = []

    /// Whether names of the graph around can be read too; a function sees its own only.
    var seesOuter: Bool

    /// What names of an inlined function begin with.
    var prefix = ""

    /// The module of the call.
    var module = ""
  }

  /// What the nodes being read belong to: the model, or the call of a function.
  struct Call {
    var attributes: [String: AttributeMessage.Content] = [:]
    var operatorSets: OperatorSets
  }

  init(_ model: ModelMessage, external: ExternalData) {
    log = DiagnosticLog()
    call = Call(operatorSets: OperatorSets(model, log: &log))
    functions = model.functions
    self.external = external
  }

  /// The graph being built.
  var level: Level {
    // No `_read`: Swift 6.3.1 without optimisation frees what it yields before a field is returned.
    get { levels[levels.count - 1] }
    _modify { yield &levels[levels.count - 1] }
  }
}

extension GraphBuilder {
  /// Reads a `GraphProto` and everything nested in it.
  mutating func readGraph(
    _ message: ProtobufMessage, path: String
  ) throws(ByteError) -> SymbolicGraph {
    levels.append(Level(graph: SymbolicGraph(), path: path))
    defer { levels.removeLast() }

    try reserveCapacity(for: message)
    try declareInitializers(message)
    let outputs = try declareInputs(message)
    try declareOutputs(ofNodesIn: message, field: Self.nodeField)
    try declareTypes(message)
    try addNodes(of: message, field: Self.nodeField)
    level.graph.outputs = outputs.map { output(named: $0) }
    finish()
    return level.graph
  }

  /// Makes room for the tensors, the nodes, and one output of each.
  private mutating func reserveCapacity(for message: ProtobufMessage) throws(ByteError) {
    var (nodeCount, tensorCount) = (0, 0)
    var fields = message
    while let field = try fields.next() {
      if field.number == Self.nodeField { nodeCount += 1 }
      if field.number == 5 { tensorCount += 1 }
    }
    // No honest node or tensor is shorter than sixteen bytes.
    let limit = message.byteCount / 16
    level.reserveCapacity(nodes: min(nodeCount, limit), tensors: min(tensorCount, limit))
  }

  private mutating func declareInitializers(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 2: level.graph.name = try field.string()
      case 5: try addInitializer(TensorMessage(try field.message()))
      case 15: try addSparseInitializer(SparseTensorMessage(try field.message()))
      default: break
      }
    }
  }

  /// Declares the inputs and returns the names of the outputs.
  ///
  /// Before the fourth version of the format, every initializer is an input too.
  private mutating func declareInputs(
    _ message: ProtobufMessage
  ) throws(ByteError) -> [String] {
    var outputs: [String] = []
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 11: addInput(try ValueInfoMessage(try field.message()))
      case 12: outputs.append(try ValueInfoMessage(try field.message()).name)
      default: break
      }
    }
    return outputs
  }

  private mutating func addInput(_ info: ValueInfoMessage) {
    if let known = level.scope.values[info.name] {
      guard level.graph.values[known.index].role == .input else { return }
      log.add(.error, "duplicateInput", "two inputs have this name", at: info.name)
      return
    }
    let id = addValue(info.name, declared: checkedType(of: info), role: .input)
    level.scope.values[info.name] = id
    level.graph.inputs.append(id)
  }

  /// Gives every output of the nodes its value, so that nodes can be read in any order.
  mutating func declareOutputs(
    ofNodesIn message: ProtobufMessage, field number: Int
  ) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      guard field.number == number else { continue }
      for name in try NodeMessage.outputs(try field.message()) where !name.isEmpty {
        guard level.scope.values[name] == nil else { continue }
        let id = addValue(level.scope.prefix + name, role: .activation, isAvailable: false)
        level.scope.values[name] = id
      }
    }
  }

  /// Notes the types that the file states for outputs and for values between nodes.
  private mutating func declareTypes(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      guard field.number == 12 || field.number == 13 else { continue }
      let info = try ValueInfoMessage(try field.message())
      guard let id = level.scope.values[info.name] else { continue }
      guard level.graph.values[id.index].declared == nil else { continue }
      level.graph.values[id.index].declared = checkedType(of: info)
    }
  }

  /// The declared type; sizes that no tensor has are left open.
  private mutating func checkedType(of info: ValueInfoMessage) -> DeclaredType? {
    guard let type = info.type, !type.isPlausible else { return info.type }
    log.add(
      .error, "implausibleShape",
      "the declared sizes are larger than any tensor; they are left open",
      at: info.name)
    return type.withOpenSizes
  }

  private mutating func output(named name: String) -> ValueID {
    lookUp(name) ?? addDangling(name)
  }
}

extension GraphBuilder.Level {
  fileprivate mutating func reserveCapacity(nodes nodeCount: Int, tensors tensorCount: Int) {
    let valueCount = nodeCount + tensorCount
    stored.reserveCapacity(tensorCount)
    graph.nodes.reserveCapacity(nodeCount)
    graph.values.reserveCapacity(valueCount)
    uses.reserveCapacity(valueCount)
    isAvailable.reserveCapacity(valueCount)
    scope.values.reserveCapacity(valueCount)
  }
}
