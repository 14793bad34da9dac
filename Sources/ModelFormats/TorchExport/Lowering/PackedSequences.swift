import ModelGraph

/// What transformers asks of sequences that are packed into one row while nothing traces it.
///
/// Run eagerly, it looks whether the last token's sequence is the first, which an export leaves out.
/// Source: `find_packed_sequence_indices` of `masking_utils.py`, transformers 5.23.
struct PackedSequences {
  /// The program with the question written out.
  private(set) var body: ExportedBody

  init(_ program: ExportedBody) {
    body = program
    guard program.nodes.contains(where: { $0.isOfTransformers && $0.numbersSequences }) else {
      return
    }
    let uses = TensorUses(program)
    body.nodes = []
    for node in program.nodes {
      body.nodes.append(node)
      guard node.isOfTransformers, node.numbersSequences,
        Self.maker(of: node, in: program, uses, isNamed: "ne").flatMap({
          Self.maker(of: $0, in: program, uses, isNamed: "diff")
        }) != nil
      else { continue }
      appendQuestion(of: node)
    }
  }

  /// The node that makes the first operand of another, if it is of a kind.
  private static func maker(
    of node: ExportedNode, in body: ExportedBody, _ uses: TensorUses, isNamed name: String
  ) -> ExportedNode? {
    let operand = node.operand
    guard let maker = operand.flatMap({ uses.makers[$0] }),
      body.nodes[maker].target.name == name
    else { return nil }
    return body.nodes[maker]
  }

  /// Writes `(sequences[:, -1] == 0).all()`.
  private mutating func appendQuestion(of node: ExportedNode) {
    guard let sequences = node.outputs.first ?? nil, let tensor = body.tensors[sequences],
      tensor.sizes.count == 2
    else { return }
    var last = tensor
    last.sizes = [tensor.sizes[0]]
    last.strides = AxisSizes(Array(tensor.strides.prefix(1)))
    append("select.int", of: sequences, ["dim": 1, "index": -1], last, node)
    last.dataType = .bool
    last.strides = []
    append("eq.Scalar", of: "\(sequences).select", ["other": 0], last, node)
    last.sizes = []
    append("all.default", of: "\(sequences).eq", [:], last, node)
  }

  private mutating func append(
    _ target: String, of operand: String, _ numbers: KeyValuePairs<String, Int>,
    _ tensor: ExportedTensor, _ model: ExportedNode
  ) {
    var node = model
    let base = model.outputs.first.flatMap(\.self) ?? ""
    let result = "\(base).\(target.prefix { $0 != "." })"
    node.target = AtenTarget("torch.ops.aten.\(target)")
    node.name = result
    node.arguments =
      [ExportedNode.Argument(name: "self", value: .tensor(operand))]
      + numbers.map { ExportedNode.Argument(name: $0, value: .size(.number($1))) }
    node.outputs = [result]
    body.tensors[result] = tensor
    body.nodes.append(node)
  }
}

extension ExportedNode {
  fileprivate var numbersSequences: Bool { target.name == "cumsum" }
}
