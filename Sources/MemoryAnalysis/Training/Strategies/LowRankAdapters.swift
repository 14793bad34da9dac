public import ModelGraph

/// Pairs of small matrices beside linear layers, which alone are trained: y = W x + b + s · B (A x).
///
/// A is `[rank, inputs]`, B `[outputs, rank]`; the layer's own weights are frozen. As Hugging Face's `peft` writes it,
/// the factor s is applied to the adapter's output, and no dropout is drawn. Hu et al., LoRA, 2021,
/// <https://arxiv.org/abs/2106.09685>; `src/peft/tuners/lora/layer.py`.
public struct LowRankAdapters: Hashable, Sendable {
  public var rank: Int

  /// The paths of the layers to adapt; all linear layers but the last if `nil`.
  public var targets: NamePattern?

  public init(rank: Int, targets: NamePattern? = nil) {
    self.rank = rank
    self.targets = targets
  }

  /// Reads `RANK` or `RANK:PATTERN`.
  public init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let rank = Int(first), Self.ranks ~= rank else { return nil }
    guard parts.count < 2 || !parts[1].isEmpty else { return nil }
    self.init(rank: rank, targets: parts.count < 2 ? nil : NamePattern(String(parts[1])))
  }

  /// What ranks may be.
  public static let ranks = 1...65_536

  /// What the names of an adapter's parameters have in them.
  static let mark = ".lora_"
}

extension LowRankAdapters: CustomStringConvertible {
  public var description: String { targets.map { "\(rank):\($0.text)" } ?? "\(rank)" }
}

extension Graph {
  /// The same graph with adapters beside its linear layers; the same if it has none such.
  public func adapted(by adapters: LowRankAdapters?) -> Graph {
    guard let adapters else { return self }
    var writer = AdapterWriter(self, adapters)
    return writer.write()
  }
}

/// Writes a graph anew with adapters.
private struct AdapterWriter {
  private let original: Graph
  private let adapters: LowRankAdapters
  private var graph: Graph

  /// The outputs that stand for those of adapted layers.
  private var replaced: [ValueID: ValueID] = [:]

  init(_ original: Graph, _ adapters: LowRankAdapters) {
    self.original = original
    self.adapters = adapters
    graph = original
    graph.nodes = []
  }

  mutating func write() -> Graph {
    let last = original.nodes.lastIndex { layer($0) != nil }
    for (step, node) in original.nodes.enumerated() {
      var node = node
      node.inputs = node.inputs.map { $0.map { replaced[$0] ?? $0 } }
      graph.nodes.append(node)
      guard let layer = layer(node), isTarget(layer, isLast: step == last) else { continue }
      adapt(layer, node)
    }
    graph.outputs = graph.outputs.map { replaced[$0] ?? $0 }
    return graph
  }

  /// A linear layer: its path, its input and the lengths of its features.
  private struct LinearLayer {
    var path: String
    var input: ValueID
    var output: ValueID
    var inputs: Int
    var outputs: Int
  }

  private func layer(_ node: Node) -> LinearLayer? {
    guard ["Linear", "Gemm", "MatMul"].contains(node.operatorName.name), node.inputs.count >= 2,
      let input = node.inputs[0], let weight = node.inputs[1], let output = node.outputs.first,
      let output, original[weight].role == .parameter,
      let type = original[weight].type.tensorType, type.rank == 2,
      let features = original[output].type.tensorType?.shape.last
    else { return nil }
    let other = type.elementCount / max(1, features)
    let name = original[weight].name
    let path = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    return LinearLayer(
      path: path, input: input, output: output, inputs: other, outputs: features)
  }

  private func isTarget(_ layer: LinearLayer, isLast: Bool) -> Bool {
    adapters.targets.map { $0.matches(layer.path) } ?? !isLast
  }

  private mutating func adapt(_ layer: LinearLayer, _ node: Node) {
    guard let input = graph.typed(layer.input), let output = graph.typed(layer.output) else {
      return
    }
    let name = { (part: String) in "\(layer.path)\(LowRankAdapters.mark)\(part).default" }
    let down = parameter("\(name("A")).weight", [adapters.rank, layer.inputs], input.dataType)
    let up = parameter("\(name("B")).weight", [layer.outputs, adapters.rank], input.dataType)
    let narrow = input.shape.dropLast() + [adapters.rank]
    let inner = append("Linear", [layer.input, down], Array(narrow), output, in: name("A"))
    let outer = append("Linear", [inner, up], output.shape, output, in: name("B"))
    let scaled = append(
      "Scale", [outer], output.shape, output, in: layer.path, ["factor": .float(1)])
    replaced[layer.output] = append(
      "Add", [layer.output, scaled], output.shape, output, in: layer.path)
  }

  private mutating func parameter(_ name: String, _ shape: Shape, _ type: DataType) -> ValueID {
    graph.values.append(Value(name: name, type: .tensor(type, shape), role: .parameter))
    return ValueID(graph.values.count - 1)
  }

  private mutating func append(
    _ operatorName: OperatorName, _ inputs: [ValueID], _ shape: Shape, _ type: TensorType,
    in module: String, _ attributes: Attributes = [:]
  ) -> ValueID {
    let name = "\(module).\(operatorName.name)"
    graph.values.append(
      Value(name: name, type: .tensor(type.dataType, shape), role: .activation))
    let output = ValueID(graph.values.count - 1)
    graph.nodes.append(
      Node(
        operatorName, name: name, inputs: inputs, outputs: [output], attributes: attributes,
        module: module))
    return output
  }
}

extension Graph {
  fileprivate func typed(_ id: ValueID) -> TensorType? { self[id].type.tensorType }
}
