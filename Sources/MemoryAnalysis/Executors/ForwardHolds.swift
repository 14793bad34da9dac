import ModelGraph

/// When the forward pass drops its own references to the values that nodes make.
///
/// A value goes after its last use, or when the module call returns that has it as an argument or,
/// if its node is marked so, in a variable.
struct ForwardHolds {
  /// The attribute of a node whose output a variable of the module at a path holds.
  static let variableAttribute = "variable"

  /// The attribute of a node that may make something beside its outputs, which a variable of the
  /// module at a path holds.
  static let besidesAttribute = "besides_variable"

  /// The values that go after each node.
  private(set) var endings: [[ValueID]]

  init(_ facts: GraphFacts) {
    let graph = facts.graph
    var ends = [Int](repeating: -1, count: graph.values.count)
    let calls = ModuleCalls(graph.nodes)
    for (step, node) in graph.nodes.enumerated() {
      for case let id? in node.outputs { ends[id.index] = max(ends[id.index], step) }
      for id in facts.uses(of: node) where facts.isActivation(id) {
        let producer = Int(facts.producers[id.index])
        let end =
          node.module.isEmpty ? step : calls.holdingStep(ofValueMadeAt: producer, readAt: step)
        ends[id.index] = max(ends[id.index], end)
      }
    }
    for (step, node) in graph.nodes.enumerated() {
      guard let path = node.attributes.string(Self.variableAttribute) else { continue }
      let end = Self.lastStep(ofCall: path, around: step, graph.nodes)
      for case let id? in node.outputs { ends[id.index] = max(ends[id.index], end) }
    }
    for node in graph.nodes {
      guard let value = node.heldThrough else { continue }
      let end = Int(facts.producers[value.index])
      for case let id? in node.outputs { ends[id.index] = max(ends[id.index], end) }
    }
    for id in graph.outputs { ends[id.index] = -1 }
    endings = Array(repeating: [], count: graph.nodes.count)
    for (index, end) in ends.enumerated() where end >= 0 { endings[end].append(ValueID(index)) }
  }

  /// The last step of the call of the module at a path that a step belongs to.
  static func lastStep(ofCall path: String, around step: Int, _ nodes: [Node]) -> Int {
    let rest = nodes[step...].prefix { node in
      path.isEmpty || node.module == path || node.module.hasPrefix("\(path).")
    }
    return max(step, rest.endIndex - 1)
  }
}
