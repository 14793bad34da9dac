import ModelGraph

extension GraphInference {
  /// The graph with the types found.
  ///
  /// Bodies that no rule looked into, such as the branch not taken, keep declared types.
  var graph: Graph {
    Graph(
      values: zip(source.values, types).map { Value(name: $0.name, type: $1, role: $0.role) },
      nodes: nodes,
      inputs: source.inputs,
      outputs: source.outputs,
      bodies: source.bodies.indices.map {
        bodies[$0]?.graph ?? GraphInference.declared(source.bodies[$0], session, depth: depth + 1)
      })
  }

  private var nodes: [Node] {
    var nodes = source.nodes
    for (position, attributes) in correctedAttributes { nodes[position].attributes = attributes }
    return nodes
  }

  private static func declared(
    _ body: SymbolicGraph, _ session: InferenceSession, depth: Int
  ) -> Graph {
    guard depth <= InferenceSession.maximumDepth else { return Graph() }
    let sizes = session.sizes
    let values = body.values.map {
      Value(
        name: $0.name,
        type: $0.contents.map { .tensor($0.type) } ?? $0.declared?.resolved(sizes) ?? .unknown,
        role: $0.role)
    }
    return Graph(
      values: values, nodes: body.nodes, inputs: body.inputs, outputs: body.outputs,
      bodies: body.bodies.map { declared($0, session, depth: depth + 1) })
  }
}
