import ModelGraph

/// A program with the nodes of its regions in place of the nodes that run them.
///
/// `torch.no_grad()`, autocast and recomputation make a region of what they hold; the live module runs it
/// like everything around it.
struct InlinedRegions {
  private(set) var body: ExportedBody

  /// What a name stands for, where it is another tensor's.
  private var names: [String: String] = [:]

  /// The operators that run a region as it stands.
  private static let wrappers: Set = [
    "wrap_with_set_grad_enabled", "wrap_with_autocast", "tag_activation_checkpoint",
  ]

  /// Deeper regions stay nodes.
  private static let maximumDepth = 16

  init(_ program: ExportedBody, depth: Int = 0) {
    body = program
    guard depth < Self.maximumDepth, program.calls(Self.runsRegion) else { return }
    body.nodes = []
    for node in program.nodes {
      if let (region, given) = Self.wrapped(node) {
        inline(InlinedRegions(region, depth: depth + 1).body, given, of: node)
      } else {
        body.nodes.append(node.renamed(names))
      }
    }
    body.outputs = body.outputs.map { $0.renamed(names) }
  }

  private static func runsRegion(_ target: AtenTarget) -> Bool {
    target.namespace == "higher_order" && wrappers.contains(target.name)
  }

  /// The region that a node runs, and what it is given; `nil` if it runs none.
  private static func wrapped(_ node: ExportedNode) -> (ExportedBody, [ExportedArgument])? {
    guard runsRegion(node.target) else { return nil }
    let values = node.arguments.map(\.value)
    for (place, value) in values.enumerated() {
      if case .region(let region) = value { return (region, Array(values[(place + 1)...])) }
    }
    return nil
  }

  private mutating func inline(
    _ region: ExportedBody, _ given: [ExportedArgument], of node: ExportedNode
  ) {
    var inner: [String: String] = [:]
    for (input, argument) in zip(region.inputs, given) {
      if case .tensor(let name) = input, case .tensor(let outer) = argument {
        inner[name] = names[outer] ?? outer
      }
      if case .size(.name(let name)) = input, case .size(let size) = argument {
        inner[name] = define(size, as: name)
      }
    }
    let results = region.outputs.flatMap(\.tensorNames)
    for (name, result) in zip(results, node.outputs) {
      guard let result else { continue }
      if let known = inner[name] { names[result] = known } else { inner[name] = result }
    }
    for case let (name, tensor) in region.tensors.map({ ($0.key.text, $0.value) })
    where inner[name] == nil {
      inner[name] = body.tensors[name] == nil ? name : fresh(name)
      body.tensors[inner[name] ?? name] = tensor
    }
    for (name, size) in region.integers where inner[name] == nil { body.integers[name] = size }
    let isDetached = node.isDetached || node.switchesGradientsOff
    let isUncast = node.isUncast || node.switchesAutocastOff
    let autocast = node.autocastType
    for (index, var part) in region.nodes.enumerated() {
      part.isDetached = part.isDetached || isDetached
      if !part.isUncast { part.autocast = part.autocast ?? autocast }
      part.isUncast = part.isUncast || isUncast
      if autocast != nil { part.endsAutocast = index == region.nodes.count - 1 }
      body.nodes.append(part.renamed(inner))
    }
    guard let autocast else { return }
    let names = region.nodes.flatMap { $0.outputs.compactMap { $0.map { inner[$0] ?? $0 } } }
    for name in names where body.tensors[name]?.dataType == autocast {
      body.tensors[name]?.dataType = .float32
    }
  }

  private mutating func define(_ size: ExportedArgument.Size, as name: String) -> String {
    switch size {
    case .name(let outer): return outer
    case .number(let number):
      let own = fresh(name)
      body.integers[own] = .number(number)
      return own
    }
  }

  /// A name that nothing has.
  private func fresh(_ name: String) -> String {
    var name = "\(name).inner"
    while body.tensors[name] != nil || body.integers[name] != nil { name += ".inner" }
    return name
  }
}

extension ExportedNode {
  fileprivate var switchesGradientsOff: Bool {
    target.name.containsBytes(of: "grad") && arguments.first?.value == .boolean(false)
  }

  /// The type of `torch.autocast("cuda", dtype)`; `nil` for all else.
  ///
  /// What it lowers is told in single precision, as in exports that are trained under autocast.
  fileprivate var autocastType: DataType? {
    let values = arguments.map(\.value)
    guard target.name == "wrap_with_autocast", values.count > 2, values[2] == .boolean(true),
      values[0] == .string("cuda"), case .scalarType(let code) = values[1],
      let type = DataType(scalarType: code), [.bfloat16, .float16].contains(type)
    else { return nil }
    return type
  }

  /// Whether it is `torch.autocast(device, dtype, enabled=False)`.
  fileprivate var switchesAutocastOff: Bool {
    target.name == "wrap_with_autocast" && arguments.dropFirst(2).first?.value == .boolean(false)
  }
}
