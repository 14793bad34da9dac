import ModelGraph

/// What type casts in written-out attention ask for, of which an export in single precision tells nothing.
///
/// The weights that a softmax makes are cast to the type of the queries, as in
/// `attn_weights.to(query.dtype)`, or of the values. If the softmax itself is asked for no type, that says
/// that it was given single precision: casts of the queries and the keys before it ask for that by name.
/// Source: `eager_attention_forward` of `modeling_llama.py` and its copies, and `_attn` of
/// `modeling_gpt_neo.py` and its copies, transformers 5.23.
struct AttentionCasts {
  /// The program with the casts to single precision marked as such.
  private(set) var body: ExportedBody

  /// The tensor whose type a cast asks for, by the name of the result.
  private(set) var models: [String: String] = [:]

  /// Longer chains from scores to weights are not followed.
  private static let maximumDepth = 12

  /// What may stand between queries times keys and the softmax.
  private static let steps: Set = [
    "where", "add", "mul", "div", "masked_fill", "view", "to", "dropout", "clamp", "tanh",
  ]

  init(_ program: ExportedBody) {
    body = program
    let casts = program.nodes.indices.filter {
      program.nodes[$0].isOfTransformers && program.nodes[$0].target.isCast
    }
    guard !casts.isEmpty else { return }
    let uses = TensorUses(program)
    for index in casts { look(at: index, uses) }
  }

  private mutating func look(at index: Int, _ uses: TensorUses) {
    guard let weights = body.nodes[index].operand,
      let softmax = uses.makers[weights],
      body.nodes[softmax].target.name == "softmax",
      let result = body.nodes[index].outputs.first ?? nil,
      let scores = scores(before: softmax, uses)
    else { return }
    let sides = ["self", "other"].compactMap { body.nodes[scores].tensor($0) }
    guard sides.count == 2, body.tensors[result]?.dataType == .float32 else { return }
    let sources = sides.map { uses.base(of: $0) }
    models[result] = sources[0]
    let isAskedForType = body.nodes[softmax].arguments.contains {
      $0.name == "dtype" && $0.value != .none
    }
    let upcasts = sources.compactMap { uses.makers[$0] }.filter {
      body.castsNothing(body.nodes[$0])
    }
    guard !isAskedForType, upcasts.count == 2 else { return }
    for upcast in upcasts {
      let depth = body.nodes[upcast].frames.count - 1
      body.nodes[upcast].frames[depth].namesSinglePrecision = true
    }
    // The values alone have the type that everything had.
    let product = uses.directReaders(of: result).first.flatMap { self.product(readBy: $0, uses) }
    models[result] = product.flatMap { body.nodes[$0].tensor("other") }.map { uses.base(of: $0) }
  }

  /// The product of queries and keys that a softmax is of.
  private func scores(before softmax: Int, _ uses: TensorUses) -> Int? {
    var (index, depth) = (softmax, 0)
    while depth < Self.maximumDepth {
      // Of a choice the scores are what is chosen, not the condition.
      let node = body.nodes[index]
      guard let name = node.tensor("self") ?? node.tensor("input"), let maker = uses.makers[name]
      else {
        return nil
      }
      let target = body.nodes[maker].target.name
      if target == "matmul" { return maker }
      guard Self.steps.contains(target) else { return nil }
      (index, depth) = (maker, depth + 1)
    }
    return nil
  }

  /// The product of weights and values that a node is, or that reads its result.
  private func product(readBy index: Int, _ uses: TensorUses) -> Int? {
    var (index, depth) = (index, 0)
    while depth < Self.maximumDepth, body.nodes[index].target.name != "matmul" {
      guard body.nodes[index].target.name == "dropout",
        let result = body.nodes[index].outputs.first ?? nil,
        let reader = uses.directReaders(of: result).first
      else { return nil }
      (index, depth) = (reader, depth + 1)
    }
    return index
  }
}
