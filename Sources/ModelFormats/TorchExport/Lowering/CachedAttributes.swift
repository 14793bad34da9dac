/// Tensors that a module makes of sizes the first time it is called, and keeps as attributes of its own:
/// `self.rel_indices = self.get_rel_indices(n)`.
///
/// An export holds the first call, so what makes them is in the graph; later calls find them there.
struct CachedAttributes {
  /// The nodes that make them, by index.
  private(set) var nodes: Set<Int> = []

  /// The tensors that are kept, by name.
  private(set) var kept: Set<String> = []

  init() {}

  init(_ body: ExportedBody) {
    guard body.nodes.contains(where: \.assignsAttribute) else { return }
    let origins = TensorOrigins(body)
    var made = Set<String>()
    for (index, node) in body.nodes.enumerated() where node.assignsAttribute {
      guard let name = node.outputs.first, let name, origins.nodes[name] != nil else { continue }
      nodes.insert(index)
      made.insert(name)
    }
    for node in body.nodes where !node.assignsAttribute {
      kept.formUnion(node.arguments.flatMap(\.value.tensorNames).filter(made.contains))
    }
  }
}

extension ExportedNode {
  fileprivate var assignsAttribute: Bool {
    frames.contains { $0.statement.assignsAttribute }
  }
}
