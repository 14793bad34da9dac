/// The nodes that make each tensor, of those tensors that are made of sizes alone.
struct TensorOrigins {
  /// The nodes by index, by the tensor's name.
  private(set) var nodes: [String: Set<Int>] = [:]

  init() {}

  /// Looks at a program, in which tensors of some names count as sizes.
  init(_ body: ExportedBody, known: Set<String> = []) {
    for name in known { nodes[name] = [] }
    for (index, node) in body.nodes.enumerated() { trace(node, index) }
  }

  private mutating func trace(_ node: ExportedNode, _ index: Int) {
    var operands = node.tensorNames
    // Of a tensor that only lends its type nothing is read.
    if node.target.name == "type_as" { operands.removeLast(max(0, operands.count - 1)) }
    let known = operands.compactMap { nodes[$0] }
    guard known.count == operands.count, !node.isRandom else { return }
    // Chains of masks and of places are short; a long one is some other computation.
    let all = known.reduce(into: Set([index])) { $0.formUnion($1) }
    guard all.count <= 64 else { return }
    for case let output? in node.outputs { nodes[output] = all }
  }
}

extension ExportedNode {
  fileprivate var isRandom: Bool {
    let random: Set = ["rand", "randn", "rand_like", "randn_like", "bernoulli", "dropout"]
    return random.contains(target.name)
  }
}
