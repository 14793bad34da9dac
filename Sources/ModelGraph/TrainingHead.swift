/// Nodes that only training runs, half-way through the others, whose output has a loss of its own.
public struct TrainingHead: Hashable, Sendable {
  /// The value after whose node they run.
  public var trunk: ValueID

  /// The values between the nodes; operands from ``firstValue`` on name them in order.
  public var values: [Value]
  public var firstValue: Int
  public var nodes: [Node]
  public var output: ValueID

  public init(
    trunk: ValueID, values: [Value], firstValue: Int, nodes: [Node], output: ValueID
  ) {
    self.trunk = trunk
    self.values = values
    self.firstValue = firstValue
    self.nodes = nodes
    self.output = output
  }
}

extension Graph {
  /// The graph as it is trained: its heads run, and their outputs have losses.
  public func inTraining() -> Graph {
    var graph = self
    graph.trainingHeads = []
    for head in trainingHeads { graph.add(head) }
    return graph
  }

  private mutating func add(_ head: TrainingHead) {
    guard let trunk = nodes.firstIndex(where: { $0.outputs.contains(head.trunk) }) else { return }
    let offset = values.count - head.firstValue
    let moved = { (id: ValueID) in
      id.index < head.firstValue ? id : ValueID(id.index + offset)
    }
    values += head.values
    let own = head.nodes.map { node in
      var node = node
      node.inputs = node.inputs.map { $0.map(moved) }
      node.outputs = node.outputs.map { $0.map(moved) }
      if let end = node.variable?.end { node.variable?.end = moved(end) }
      return node
    }
    nodes.insert(contentsOf: own, at: trunk + 1)
    outputs.append(moved(head.output))
    auxiliaryOutputs.append(moved(head.output))
  }
}
