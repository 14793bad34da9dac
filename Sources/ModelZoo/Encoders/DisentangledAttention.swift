import ModelGraph

/// Attention whose scores add what contents say of distances and distances of contents.
///
/// He et al., "DeBERTa", 2021. <https://arxiv.org/abs/2006.03654>
struct DisentangledAttention: Layer {
  let sizes: EncoderSizes

  /// Whether queries, keys and values are one map, with biases apart from it.
  let isPacked: Bool

  /// Whether heads are mixed before and after the softmax.
  let hasMixedHeads: Bool
  let distances: DeBERTaStack.Distances?

  /// The vectors of the distances, `[distances, features]`.
  let table: Variable?

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (queries, keys, values) = isPacked ? packed(x, in: &graph) : apart(x, in: &graph)
    var scores = graph.scale(
      graph.matrixProduct(queries, graph.transpose(keys, 2, 3)),
      by: 1 / Double(max(1, sizes.width)).squareRoot())
    if let distances, let table {
      for part in offsets(distances, table, queries, keys, in: &graph) {
        scores = graph.add(scores, part)
      }
    }
    scores = mixHeads(scores, "head_logits_proj", in: &graph)
    var weights = graph.softmax(scores)
    weights = mixHeads(weights, "head_weights_proj", in: &graph)
    let dropped = Dropout(sizes.attentionDropout).named("dropout")(weights, in: &graph)
    let mixed = graph.contiguous(
      graph.transpose(graph.matrixProduct(dropped, values), 1, 2))
    return graph.view(mixed, [x.size(0), x.size(1), sizes.allHeads])
  }

  private func apart(
    _ x: Variable, in graph: inout GraphBuilder
  ) -> (Variable, Variable, Variable) {
    let parts = ["query_proj", "key_proj", "value_proj"].map { name in
      split(Linear(sizes.features, sizes.allHeads).named(name)(x, in: &graph), in: &graph)
    }
    return (parts[0], parts[1], parts[2])
  }

  private func packed(
    _ x: Variable, in graph: inout GraphBuilder
  ) -> (Variable, Variable, Variable) {
    let all = Linear(sizes.features, 3 * sizes.allHeads, bias: false).named("in_proj")(
      x, in: &graph)
    let heads = graph.transpose(
      graph.view(all, [x.size(0), x.size(1), sizes.heads, 3 * sizes.width]), 1, 2)
    let parts = graph.chunk(heads, into: 3, axis: 3)
    return (
      graph.add(parts[0], offset("q_bias", in: &graph)), parts[1],
      graph.add(parts[2], offset("v_bias", in: &graph))
    )
  }

  private func offset(_ name: String, in graph: inout GraphBuilder) -> Variable {
    graph.view(graph.parameter(name, [sizes.allHeads]), [1, sizes.heads, 1, sizes.width])
  }

  /// The heads in front of the rows.
  private func split(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.transpose(graph.view(x, [-1, x.size(-2), sizes.heads, sizes.width]), 1, 2)
  }

  private func mixHeads(
    _ x: Variable, _ name: String, in graph: inout GraphBuilder
  ) -> Variable {
    guard hasMixedHeads else { return x }
    let last = graph.permute(x, [0, 2, 3, 1])
    let mixed = Linear(sizes.heads, sizes.heads, bias: false).named(name)(last, in: &graph)
    return graph.permute(mixed, [0, 3, 1, 2])
  }

  // MARK: Distances

  private func offsets(
    _ distances: DeBERTaStack.Distances, _ table: Variable, _ queries: Variable, _ keys: Variable,
    in graph: inout GraphBuilder
  ) -> [Variable] {
    let rows = Dropout(sizes.dropout).named("pos_dropout")(table, in: &graph)
    var parts: [Variable] = []
    if distances.contentsToPositions {
      let name = distances.isShared ? "key_proj" : isPacked ? "pos_proj" : "pos_key_proj"
      let vectors = project(rows, name, bias: !isPacked, in: &graph)
      parts.append(pick(queries, vectors, count: keys.size(2), in: &graph))
    }
    if distances.positionsToContents {
      let name = distances.isShared ? "query_proj" : isPacked ? "pos_q_proj" : "pos_query_proj"
      let vectors = project(rows, name, bias: true, in: &graph)
      parts.append(
        graph.transpose(pick(keys, vectors, count: queries.size(2), in: &graph), 2, 3))
    }
    return parts
  }

  private func project(
    _ rows: Variable, _ name: String, bias: Bool, in graph: inout GraphBuilder
  ) -> Variable {
    split(
      Linear(sizes.features, sizes.allHeads, bias: bias).named(name)(rows, in: &graph), in: &graph)
  }

  /// Of the scores of every distance, those of the pairs that have it.
  private func pick(
    _ contents: Variable, _ vectors: Variable, count: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let all = graph.scale(
      graph.matrixProduct(contents, graph.transpose(vectors, 2, 3)),
      by: 1 / Double(max(1, sizes.width)).squareRoot())
    let rows = graph.view(graph.positions(count: contents.size(2)), [contents.size(2), 1])
    let distance = graph.apply("Sub", rows, graph.positions(count: count))
    let index = graph.expand(
      graph.view(distance, [1, 1, contents.size(2), count]),
      to: [contents.size(0), sizes.heads, contents.size(2), count])
    return graph.apply("GatherElements", all, index, attributes: ["axis": .integer(3)])
  }
}
