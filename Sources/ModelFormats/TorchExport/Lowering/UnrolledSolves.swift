import ModelGraph

/// Triangular systems that an export solves row by row although the module asks for PyTorch's solver.
///
/// While a program is exported, transformers writes the inverse of a triangle out, one row after the
/// other, and multiplies with it.
/// Source: `torch_chunk_gated_delta_rule` of `modeling_qwen3_next.py` and its copies, transformers 5.23.
struct UnrolledSolves {
  /// The program with the systems solved.
  private(set) var body: ExportedBody

  /// What the rows are made with.
  private static let steps: Set = [
    "tril", "neg", "select", "slice", "clone", "unsqueeze", "mul", "sum", "add", "copy", "eye",
  ]

  init(_ program: ExportedBody) {
    body = program
    guard program.calls({ $0.name == "eye" }) else { return }
    let uses = TensorUses(program)
    let results = Set(program.outputs.flatMap(\.tensorNames))
    var dropped = Set<Int>()
    for (index, node) in program.nodes.enumerated() where node.target.name == "tril" {
      guard let matrix = node.tensor("self"), let end = Self.end(of: index, program, uses),
        let inverse = program.nodes[end].outputs.first ?? nil
      else { continue }
      let products = uses.readers(of: inverse)
      let made = Set(program.nodes[index...end].flatMap { $0.outputs.compactMap(\.self) })
      guard !products.isEmpty, results.isDisjoint(with: made),
        products.allSatisfy({ program.nodes[$0].multiplies(inverse) })
      else { continue }
      dropped.formUnion(index...end)
      for product in products { body.nodes[product].solve(matrix) }
    }
    guard !dropped.isEmpty else { return }
    body.nodes = body.nodes.enumerated().filter { !dropped.contains($0.offset) }.map(\.element)
  }

  /// The node that adds the diagonal; `nil` if the nodes from a triangle on make something else too.
  private static func end(of start: Int, _ body: ExportedBody, _ uses: TensorUses) -> Int? {
    guard body.nodes[start].integer("diagonal") == -1 else { return nil }
    var end = start + 1
    while end < body.nodes.count, !addsDiagonal(body.nodes[end], body, uses) {
      let name = body.nodes[end].target.name
      guard steps.contains(name), name != "tril" else { return nil }
      end += 1
    }
    guard end < body.nodes.count, end - start > steps.count else { return nil }
    let isWhole = body.nodes[start..<end].allSatisfy { node in
      node.outputs.allSatisfy { name in name.map { !uses.isRead($0, after: end) } ?? true }
    }
    return isWhole ? end : nil
  }

  private static func addsDiagonal(
    _ node: ExportedNode, _ body: ExportedBody, _ uses: TensorUses
  ) -> Bool {
    guard node.target.name == "add",
      let maker = node.tensor("other").flatMap({ uses.makers[$0] })
    else { return false }
    return body.nodes[maker].target.name == "eye"
  }
}

extension ExportedNode {
  fileprivate func integer(_ name: String) -> Int? {
    guard case .size(.number(let number))? = arguments.first(where: { $0.name == name })?.value
    else { return nil }
    return number
  }

  fileprivate func multiplies(_ inverse: String) -> Bool {
    target.name == "matmul" && tensor("self") == inverse && tensor("other") != inverse
  }

  /// Makes a product with an inverse the solution of a system.
  fileprivate mutating func solve(_ matrix: String) {
    target = AtenTarget("torch.ops.aten.linalg_solve_triangular.default")
    for index in arguments.indices {
      switch arguments[index].name {
      case "self": arguments[index].value = .tensor(matrix)
      case "other": arguments[index].name = "B"
      default: continue
      }
    }
  }
}
