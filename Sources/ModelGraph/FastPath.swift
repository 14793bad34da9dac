/// What a framework runs in place of a module's own nodes where nobody differentiates.
///
/// Source: the fast path of `torch.nn.MultiheadAttention.forward`, PyTorch 2.15.
public struct FastPath: Hashable, Sendable {
  /// The path of the module whose nodes are replaced.
  public var module: String

  /// The values between the nodes; node operands from ``firstValue`` on name them in order.
  public var values: [Value]
  public var firstValue: Int

  /// The nodes in execution order; the last one makes what the module's last one makes.
  public var nodes: [Node]

  public init(module: String, values: [Value], firstValue: Int, nodes: [Node]) {
    self.module = module
    self.values = values
    self.firstValue = firstValue
    self.nodes = nodes
  }
}

extension Graph {
  /// The graph as it runs where nobody differentiates: modules with a fast path take it.
  public func takingFastPaths() -> Graph {
    guard !fastPaths.isEmpty else { return self }
    var paths = Dictionary(fastPaths.map { ($0.module, $0) }) { first, _ in first }
    // A module whose nodes do not run one after the other is left as it is.
    for path in scattered(paths) { paths[path] = nil }
    var taken = self
    taken.fastPaths = []
    taken.nodes = []
    var next = 0
    while next < nodes.count {
      guard let path = fastPath(of: nodes[next], paths) else {
        taken.nodes.append(nodes[next])
        next += 1
        continue
      }
      let own = nodes[next...].prefix { $0.isPart(ofModule: path.module) }
      taken.append(path, ending: own.last?.outputs ?? [])
      next = own.endIndex
    }
    return taken
  }

  /// The modules whose nodes run with others between them.
  private func scattered(_ paths: [String: FastPath]) -> Set<String> {
    var (begun, scattered) = (Set<String>(), Set<String>())
    var previous: String?
    for node in nodes {
      let module = fastPath(of: node, paths)?.module
      if let module, module != previous, !begun.insert(module).inserted {
        scattered.insert(module)
      }
      previous = module
    }
    return scattered
  }

  private func fastPath(of node: Node, _ paths: [String: FastPath]) -> FastPath? {
    if let path = paths[node.module] { return path }
    guard let dot = node.module.lastIndex(of: ".") else { return nil }
    return paths[String(node.module[..<dot])]
  }

  private mutating func append(_ path: FastPath, ending outputs: [ValueID?]) {
    let offset = values.count - path.firstValue
    let moved = { (id: ValueID) in
      id.index < path.firstValue ? id : ValueID(id.index + offset)
    }
    let last = path.nodes.last?.outputs ?? []
    values += path.values
    for node in path.nodes {
      var node = node
      node.inputs = node.inputs.map { $0.map(moved) }
      node.outputs = node.outputs.map { $0.map(moved) }
      if var hold = node.variable {
        let end = last.contains(hold.end) ? outputs.first ?? nil : moved(hold.end)
        if let end { hold.end = end }
        node.variable = end == nil ? nil : hold
      }
      nodes.append(node)
    }
    if !path.nodes.isEmpty { nodes[nodes.count - 1].outputs = outputs }
  }
}

extension Node {
  fileprivate func isPart(ofModule path: String) -> Bool {
    module == path || module.hasPrefix("\(path).")
  }
}
