/// Tensors that a module makes of sizes and of its buffers the first time it is called, and keeps as
/// attributes of its own: `self.rel_indices = self.get_rel_indices(n)`.
///
/// An export holds the first call, so what makes them is in the graph; later calls find them there, and
/// return before they make anything.
struct CachedAttributes {
  /// The nodes that make them, by index.
  private(set) var nodes: Set<Int> = []

  /// The tensors that are kept, by name.
  private(set) var kept: Set<String> = []

  init(_ body: ExportedBody, buffers: Set<String>) {
    guard body.nodes.contains(where: \.assignsAttribute) else { return }
    let origins = TensorOrigins(body, known: buffers)
    var made = Set<String>()
    for (index, node) in body.nodes.enumerated() where node.assignsAttribute {
      // A buffer that is only brought to the device is kept already.
      guard let name = node.outputs.first, let name,
        origins.nodes[name]?.contains(where: { body.nodes[$0].isMadeOfSizes }) ?? false
      else { continue }
      nodes.insert(index)
      made.insert(name)
    }
    for node in body.nodes where !node.assignsAttribute && !node.target.isAssertion {
      kept.formUnion(node.tensorNames.filter(made.contains))
    }
    addWhatLeads(to: Set(nodes.compactMap { body.nodes[$0].frames.last?.call }), body)
  }

  /// Adds what the same calls make of the same things and nothing else reads.
  private mutating func addWhatLeads(to calls: Set<PythonFrame.Call>, _ body: ExportedBody) {
    var read = Set(body.outputs.flatMap(\.tensorNames))
    for (index, node) in body.nodes.enumerated().reversed() {
      let isOfCall = node.frames.last.map { calls.contains($0.call) } ?? false
      let outputs = node.outputs.compactMap(\.self)
      if isOfCall, !outputs.isEmpty, !outputs.contains(where: read.contains) { nodes.insert(index) }
      guard !nodes.contains(index), !node.target.isAssertion else { continue }
      read.formUnion(node.tensorNames)
    }
  }
}

extension ExportedNode {
  fileprivate var isMadeOfSizes: Bool { arguments.allSatisfy { $0.value.tensorNames.isEmpty } }

  fileprivate var assignsAttribute: Bool {
    frames.contains { $0.statement.assignsAttribute }
  }
}
