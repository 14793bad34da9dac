/// The nodes that make each tensor, of those tensors that are made of sizes alone.
struct TensorOrigins {
  /// The nodes by index, by the tensor's name.
  private(set) var nodes: [String: Set<Int>] = [:]

  init() {}

  /// Looks at a program, in which tensors of some names count as sizes.
  init(_ body: ExportedBody, known: Set<String> = []) {
    for name in known { nodes[name] = [] }
    for index in body.nodes.indices { trace(body, index) }
  }

  private mutating func trace(_ body: ExportedBody, _ index: Int) {
    var operands = body.nodes[index].tensorNames
    // Of a tensor that only lends its type nothing is read.
    if body.nodes[index].target.name == "type_as" {
      operands.removeLast(max(0, operands.count - 1))
    }
    var all: Set = [index]
    for name in operands {
      guard let made = nodes[name] else { return }
      all.formUnion(made)
    }
    // Chains of masks and of places are short; a long one is some other computation.
    guard all.count <= 64, !body.nodes[index].target.isRandom else { return }
    for case let output? in body.nodes[index].outputs { nodes[output] = all }
  }
}

extension AtenTarget {
  private static let random: Set = [
    "rand", "randn", "rand_like", "randn_like", "bernoulli", "dropout",
  ]

  fileprivate var isRandom: Bool { Self.random.contains(name) }
}
