import ModelGraph
import Operators

/// What several analyses ask of a graph, looked up once.
struct GraphFacts {
  let graph: Graph

  let definitions: NodeDefinitions

  /// The node that makes each value; -1 for inputs, parameters and constants.
  let producers: [Int32]

  init(_ graph: Graph, catalog: OperatorCatalog = .standard) {
    self.graph = graph
    definitions = NodeDefinitions(graph.nodes, catalog: catalog)
    var producers = [Int32](repeating: -1, count: graph.values.count)
    for index in graph.nodes.indices {
      for case let output? in graph.nodes[index].outputs { producers[output.index] = Int32(index) }
    }
    self.producers = producers
  }

  /// The call of a node, as operator rules see it.
  func call(_ node: Node) -> OperatorCall {
    call(node.inputs, node.outputs, node.attributes, node.version)
  }

  /// The call of the node at a position.
  func call(at step: Int) -> OperatorCall {
    call(
      graph.nodes[step].inputs, graph.nodes[step].outputs, graph.nodes[step].attributes,
      graph.nodes[step].version)
  }

  private func call(
    _ inputs: [ValueID?], _ outputs: [ValueID?], _ attributes: Attributes, _ version: Int
  ) -> OperatorCall {
    OperatorCall(
      inputs.map { $0.map { graph[$0].type } }, attributes: attributes, version: version,
      outputCount: (outputs.lastIndex { $0 != nil } ?? -1) + 1)
  }

  /// What the node at a position computes in the forward pass.
  func work(of step: Int) -> Work {
    let outputs = graph.nodes[step].outputs.map { $0.map { graph[$0].type } ?? .unknown }
    return definitions[step]?.work(call(at: step), outputs: outputs) ?? .zero
  }

  /// The operands of a node, and the outer values that its bodies read.
  func uses(of node: Node) -> [ValueID] { uses(node.inputs, node.bodies) }

  /// The same of the node at a position.
  func uses(ofNodeAt step: Int) -> [ValueID] {
    uses(graph.nodes[step].inputs, graph.nodes[step].bodies)
  }

  private func uses(_ inputs: [ValueID?], _ bodies: [Node.Body]) -> [ValueID] {
    let operands = inputs.compactMap(\.self)
    guard !bodies.isEmpty else { return operands }
    return operands
      + bodies.flatMap { body -> [ValueID] in
        guard graph.bodies.indices.contains(body.index) else { return [] }
        return graph.bodies[body.index].values.compactMap {
          guard case .captured(let outer) = $0.role else { return nil }
          return outer
        }
      }
  }

  /// The name to show for a node.
  func displayName(_ node: Node) -> String {
    if !node.name.isEmpty { return node.name }
    return node.outputs.compactMap(\.self).first.map { graph[$0].name } ?? node.module
  }

  func isActivation(_ id: ValueID) -> Bool { graph[id].role == .activation }

  /// Whether a value is a weight or a constant.
  func isStored(_ id: ValueID) -> Bool {
    switch graph[id].role {
    case .parameter, .state, .constant: true
    case .input, .activation, .captured: false
    }
  }
}
