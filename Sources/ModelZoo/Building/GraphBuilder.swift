import ModelGraph
import Operators

/// A graph under construction: values, nodes, and the path of the module that is being called.
///
/// Types follow from the shape rules of the operators. When a layer cannot take what reaches it, the
/// builder keeps the first ``failure`` and lets the rest of the layers run dry, so that layers read
/// as their papers, without error handling.
struct GraphBuilder {
  private(set) var graph = Graph()

  /// Parameters and state under the checkpoint's names, tied ones too.
  private(set) var tensors: [Tensor] = []

  /// Why the layers do not fit the sizes; `nil` as long as they do.
  private(set) var failure: BindingError?

  /// The type of parameters and of the activations that follow from them.
  let floatingType: DataType

  init(floatingType: DataType = .float32) { self.floatingType = floatingType }

  private var scope = ModuleScope()
  private var named: [String: Variable] = [:]
  private var given: [String: Variable] = [:]
  private var contents: [ValueID: TensorValue] = [:]
  private var nodeNames: [String: Int] = [:]
  private var sharing: Sharing?
  private var remembered: [String: Variable] = [:]

  /// The path of the module being called, such as `layer1.0.conv1`.
  var path: String { scope.path }
}

// MARK: - Values

extension GraphBuilder {
  /// An input of the graph; the one of this name if it was asked for before.
  mutating func input(_ name: String, _ type: TensorType) -> Variable {
    if let known = given[name] { return known }
    if !type.shape.isPlausible { fail(ShapeError.tooLarge(type).description, in: name) }
    let variable = makeValue(name, type, .input)
    graph.inputs.append(variable.id)
    given[name] = variable
    return variable
  }

  mutating func output(_ variable: Variable) { graph.outputs.append(variable.id) }

  /// A trained weight of the current module; the same weight again if it was asked for before.
  mutating func parameter(_ name: String, _ shape: Shape) -> Variable {
    parameter(path: scope.path(of: name), shape)
  }

  /// A trained weight of any module, by its whole name.
  mutating func parameter(path: String, _ shape: Shape) -> Variable {
    tensor(path, TensorType(floatingType, shape), .parameter, .parameter)
  }

  /// A tensor of the current module that is kept but not trained.
  mutating func state(_ name: String, _ dataType: DataType, _ shape: Shape) -> Variable {
    tensor(scope.path(of: name), TensorType(dataType, shape), .state, .state)
  }

  /// Gives a parameter one more name in the checkpoint.
  mutating func tie(_ name: String, to variable: Variable) {
    guard let owner = tensors.first(where: { named[$0.name] == variable }) else { return }
    var tied = owner
    tied.name = scope.path(of: name)
    named[tied.name] = variable
    tensors.append(tied)
  }

  /// A vector of integers that the architecture writes down.
  mutating func constant(_ integers: [Int]) -> Variable {
    let value = TensorValue(integers)
    let variable = makeValue(uniqueName(scope.path(of: "constant")), value.type, .constant)
    contents[variable.id] = value
    return variable
  }

  private mutating func tensor(
    _ path: String, _ type: TensorType, _ valueRole: ValueRole, _ role: Tensor.Role
  ) -> Variable {
    if let known = named[path] ?? sharedTensor(path) { return known }
    if !type.shape.isPlausible { fail(ShapeError.tooLarge(type).description, in: path) }
    if tensors.count >= Self.maximumTensorCount {
      fail("a model has at most \(Self.maximumTensorCount) tensors", in: path)
    }
    if failure != nil { return Variable(id: ValueID(0), type: type) }
    let variable = makeValue(path, type, valueRole)
    named[path] = variable
    tensors.append(Tensor(name: path, type: type, role: role, storage: tensors.count))
    return variable
  }

  /// More tensors than any model has, so that a configuration cannot ask for endless work.
  private static let maximumTensorCount = 1 << 20

  private mutating func makeValue(
    _ name: String, _ type: TensorType, _ role: ValueRole
  ) -> Variable {
    graph.values.append(Value(name: name, type: .tensor(type), role: role))
    return Variable(id: ValueID(graph.values.count - 1), type: type)
  }
}

// MARK: - Nodes

extension GraphBuilder {
  /// Adds a node that is the current module itself, such as a convolution.
  mutating func call(
    _ operatorName: OperatorName, _ inputs: Variable?..., attributes: Attributes = [:],
    layer: LayerType? = nil
  ) -> Variable {
    let name = scope.takeModuleName() ?? scope.path(of: operatorName.name.lowercased())
    let node = Node(
      operatorName, name: name, inputs: inputs.map { $0?.id }, attributes: attributes,
      module: scope.path, layerType: layer)
    return add(node, 1)[0]
  }

  /// Adds a node that is a part of the current module, such as the sum in a residual block.
  mutating func apply(
    _ operatorName: OperatorName, _ inputs: Variable?..., attributes: Attributes = [:],
    layer: LayerType? = nil
  ) -> Variable {
    let node = Node(
      operatorName, name: scope.path(of: operatorName.name.lowercased()),
      inputs: inputs.map { $0?.id }, attributes: attributes, module: scope.path, layerType: layer)
    return add(node, 1)[0]
  }

  /// Adds a node with any number of operands and outputs.
  mutating func apply(
    _ operatorName: OperatorName, to inputs: [Variable?], attributes: Attributes = [:],
    outputs count: Int
  ) -> [Variable] {
    let node = Node(
      operatorName, name: scope.path(of: operatorName.name.lowercased()),
      inputs: inputs.map { $0?.id }, attributes: attributes, module: scope.path)
    return add(node, count)
  }

  /// Adds a part of the current module that no declared operator says, with the types it gives.
  ///
  /// Everything it touches counts as read, and nothing is known of what it takes on the way.
  mutating func opaque(
    _ name: String, _ inputs: [Variable?], gives types: [TensorType], layer: LayerType? = nil
  ) -> [Variable] {
    let operatorName = OperatorName(name, domain: Self.opaqueDomain)
    let node = Node(
      operatorName, name: scope.path(of: name.lowercased()), inputs: inputs.map { $0?.id },
      module: scope.path, layerType: layer)
    guard failure == nil else { return types.map { Variable(id: ValueID(0), type: $0) } }
    return append(node, types)
  }

  /// The domain of operators that stand for a part whose kernels are not written out.
  static let opaqueDomain = "transformers"

  private mutating func add(_ node: Node, _ outputCount: Int) -> [Variable] {
    guard failure == nil, let types = outputTypes(of: node, outputCount) else {
      return Array(repeating: placeholder, count: outputCount)
    }
    return append(node, types)
  }

  private mutating func append(_ node: Node, _ types: [TensorType]) -> [Variable] {
    var node = node
    node.name = uniqueName(node.name)
    let outputs = types.enumerated().map { index, type in
      makeValue(index == 0 ? node.name : "\(node.name).\(index)", type, .activation)
    }
    node.outputs = outputs.map(\.id)
    graph.nodes.append(node)
    return outputs
  }

  /// Says that a variable of the current module holds a value until the module returns.
  mutating func hold(_ variable: Variable) -> Variable {
    let index = graph.nodes.lastIndex { $0.outputs.contains(variable.id) }
    if let index { graph.nodes[index].attributes["variable"] = .string(path) }
    return variable
  }

  /// Says that a variable holds a value until another value is made and takes its name.
  mutating func hold(_ variable: Variable, through other: Variable) {
    guard let index = graph.nodes.lastIndex(where: { $0.outputs.contains(variable.id) }) else {
      return
    }
    let depth = CallDepth(modules: path.split(separator: ".").count)
    graph.nodes[index].variable = VariableHold(until: other.id, depth: depth)
  }

  private mutating func outputTypes(of node: Node, _ count: Int) -> [TensorType]? {
    guard let definition = OperatorCatalog.standard[node.operatorName] else {
      fail("no operator \(node.operatorName) is declared", in: node.name)
      return nil
    }
    let call = OperatorCall(
      node.inputs.map { id in id.map { graph[$0].type } },
      values: contents.isEmpty ? [] : node.inputs.map { id in id.flatMap { contents[$0] } },
      attributes: node.attributes, outputCount: count)
    do throws(ShapeError) {
      let types = try definition.shape(call).compactMap(\.tensorType)
      if types.count >= count { return Array(types.prefix(count)) }
      fail("\(node.operatorName) gives \(types.count) tensors, not \(count)", in: node.name)
    } catch {
      fail(error.description, in: node.name)
    }
    return nil
  }

  /// What layers get after a failure: small, and of a rank that few layers mind.
  private var placeholder: Variable {
    Variable(id: ValueID(0), type: TensorType(.float32, [1, 1, 1, 1]))
  }

  private mutating func uniqueName(_ name: String) -> String {
    let uses = Self.counted(&nodeNames[name, default: 0])
    return uses == 0 ? name : "\(name)_\(uses)"
  }

  /// What a counter showed before it counts one more, with one look for it in a dictionary.
  private static func counted(_ count: inout Int) -> Int {
    defer { count += 1 }
    return count
  }
}

// MARK: - Modules and failures

extension GraphBuilder {
  /// Calls a module of the given name inside the current one; without a name, as a part of it.
  mutating func scoped<Result>(
    _ name: String, _ body: (inout GraphBuilder) -> Result
  ) -> Result {
    if name.isEmpty { return body(&self) }
    let outer = scope.enter(name)
    defer { scope = outer }
    return body(&self)
  }

  /// Calls modules that stand beside the current one, in a module named by its whole path.
  mutating func outside<Result>(
    in path: String, _ body: (inout GraphBuilder) -> Result
  ) -> Result {
    let inner = scope
    scope = ModuleScope()
    scope.path = path
    defer { scope = inner }
    return body(&self)
  }

  /// Calls a module that has the tensors of another module, under names of its own.
  mutating func scoped<Result>(
    _ name: String, sharing owner: String, _ body: (inout GraphBuilder) -> Result
  ) -> Result {
    let outer = sharing
    sharing = Sharing(module: scope.path(of: name) + ".", owner: owner + ".")
    defer { sharing = outer }
    return scoped(name, body)
  }

  /// The tensor of another module that stands for one of this module.
  private mutating func sharedTensor(_ path: String) -> Variable? {
    guard let sharing, path.hasPrefix(sharing.module) else { return nil }
    let owner = sharing.owner + path.dropFirst(sharing.module.count)
    guard let known = named[owner], var tensor = tensors.first(where: { $0.name == owner }) else {
      return nil
    }
    tensor.name = path
    named[path] = known
    tensors.append(tensor)
    return known
  }

  /// Keeps a value that later modules of the model read.
  mutating func remember(_ variable: Variable, as name: String) { remembered[name] = variable }

  /// A value that an earlier module has kept.
  func recall(_ name: String) -> Variable? { remembered[name] }

  /// Adds the parameters of layers that only training runs, and none of their nodes.
  mutating func parametersOnly(_ body: (inout GraphBuilder) -> Variable) {
    var rehearsal = self
    _ = body(&rehearsal)
    for tensor in rehearsal.tensors.dropFirst(tensors.count) {
      let role: ValueRole = tensor.role == .parameter ? .parameter : .state
      named[tensor.name] = makeValue(tensor.name, tensor.type, role)
      tensors.append(tensor)
    }
  }

  /// Adds the parameters of layers that only training runs after a value, and keeps their nodes apart.
  mutating func trainingHead(after trunk: Variable, _ body: (inout GraphBuilder) -> Variable) {
    parametersOnly(body)
    var rehearsal = self
    let output = body(&rehearsal)
    guard failure == nil, rehearsal.failure == nil else { return }
    graph.trainingHeads.append(
      TrainingHead(
        trunk: trunk.id, values: Array(rehearsal.graph.values.dropFirst(graph.values.count)),
        firstValue: graph.values.count,
        nodes: Array(rehearsal.graph.nodes.dropFirst(graph.nodes.count)), output: output.id))
  }

  /// Says what runs in place of the current module's nodes where nobody differentiates.
  mutating func fastPath(_ body: (inout GraphBuilder) -> Variable) {
    var rehearsal = self
    _ = body(&rehearsal)
    guard failure == nil, rehearsal.failure == nil else { return }
    graph.fastPaths.append(
      FastPath(
        module: path, values: Array(rehearsal.graph.values.dropFirst(graph.values.count)),
        firstValue: graph.values.count,
        nodes: Array(rehearsal.graph.nodes.dropFirst(graph.nodes.count))))
  }

  /// Notes a failure of the current module unless the condition holds.
  mutating func require(_ condition: Bool, _ reason: @autoclosure () -> String) {
    if !condition { fail(reason(), in: path) }
  }

  private mutating func fail(_ reason: String, in name: String) {
    guard failure == nil else { return }
    failure = .layer(name: name, reason: reason)
  }
}

/// Which module's tensors stand for those of another one; both paths end in a point.
private struct Sharing {
  var module: String
  var owner: String
}

/// The path of a module, and whether a node carries its name already.
private struct ModuleScope {
  var path = ""
  private var isNameFree = false

  /// The path of something inside the module.
  func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  /// The module's own name, for the first node of a module that has no modules inside.
  mutating func takeModuleName() -> String? {
    defer { isNameFree = false }
    return isNameFree ? path : nil
  }

  /// Becomes the scope of an inner module, and returns the outer one for later.
  mutating func enter(_ name: String) -> ModuleScope {
    isNameFree = false
    let outer = self
    path = path(of: name)
    isNameFree = true
    return outer
  }
}
