import ModelGraph

/// Attention whose keys and values come from a small latent vector, which alone is kept.
///
/// DeepSeek-AI, "DeepSeek-V2", 2024. <https://arxiv.org/abs/2405.04434>
struct LatentAttention: Layer {
  var features: Int
  var heads: Int

  /// The features of the queries' latent vector; `nil` if queries are made directly.
  var queryRank: Int?
  var rank: Int

  /// The features of a query's or a key's head with and without positions.
  var rotaryWidth: Int
  var plainWidth: Int
  var valueWidth: Int
  var bias = false
  var epsilon = 1e-6
  var rotary = RotaryTables(width: 0)

  /// What chooses the tokens that are looked at; `nil` if all are, or another layer's choice holds.
  var indexer: TokenIndexer?

  private var width: Int { plainWidth + rotaryWidth }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let queries = queries(x, in: &graph)
    let latent = Linear(features, rank + rotaryWidth, bias: bias).named("kv_a_proj_with_mqa")(
      x, in: &graph)
    let compressed = FeatureNormalization(kind: .rootMeanSquare, features: rank, epsilon: epsilon)
      .named("kv_a_layernorm")(graph.narrow(latent, axis: 2, from: 0, to: rank), in: &graph)
    let position = split(
      graph.narrow(latent, axis: 2, from: rank, to: rank + rotaryWidth), 1, in: &graph)
    let expanded = Linear(rank, heads * (plainWidth + valueWidth), bias: false).named("kv_b_proj")(
      compressed, in: &graph)
    let (keys, values) = expand(expanded, rotary.turn(position, in: &graph), in: &graph)
    let chosen = indexer.map { $0.named("indexer")(x, in: &graph) } ?? graph.recall("chosen tokens")
    if let chosen { graph.remember(chosen, as: "chosen tokens") }
    let mixed = attend([queries, keys, values], chosen, in: &graph)
    let joined = graph.view(
      graph.transpose(mixed, 1, 2), [x.size(0), x.size(1), heads * valueWidth])
    return Linear(heads * valueWidth, features, bias: bias).named("o_proj")(joined, in: &graph)
  }

  private func attend(
    _ operands: [Variable], _ chosen: Variable?, in graph: inout GraphBuilder
  ) -> Variable {
    guard let chosen else { return graph.attention(operands, dropout: 0, isCausal: true) }
    let queries = operands[0]
    let type = TensorType(
      queries.type.dataType, [queries.size(0), queries.size(1), queries.size(2), valueWidth])
    return graph.opaque("SparseAttention", operands + [chosen], gives: [type])[0]
  }

  private func queries(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let projected: Variable
    if let queryRank {
      let latent = Sequential {
        Linear(features, queryRank, bias: bias).named("q_a_proj")
        FeatureNormalization(kind: .rootMeanSquare, features: queryRank, epsilon: epsilon)
          .named("q_a_layernorm")
      }(x, in: &graph)
      if indexer != nil { graph.remember(latent, as: "queries") }
      projected = Linear(queryRank, heads * width, bias: false).named("q_b_proj")(
        latent, in: &graph)
    } else {
      projected = Linear(features, heads * width, bias: false).named("q_proj")(x, in: &graph)
    }
    let all = split(projected, heads, in: &graph)
    let plain = graph.narrow(all, axis: 3, from: 0, to: plainWidth)
    let turned = rotary.turn(
      graph.narrow(all, axis: 3, from: plainWidth, to: width), in: &graph)
    return graph.concatenate([plain, turned], axis: 3)
  }

  /// Keys, to which every head adds the same part with positions, and values.
  private func expand(
    _ x: Variable, _ position: Variable, in graph: inout GraphBuilder
  ) -> (keys: Variable, values: Variable) {
    let all = split(x, heads, in: &graph)
    let plain = graph.narrow(all, axis: 3, from: 0, to: plainWidth)
    let values = graph.narrow(all, axis: 3, from: plainWidth, to: plainWidth + valueWidth)
    let shared = graph.expand(
      position, to: [position.size(0), heads, position.size(2), rotaryWidth])
    return (graph.concatenate([plain, shared], axis: 3), values)
  }

  /// The heads in front of the sequence.
  private func split(_ x: Variable, _ count: Int, in graph: inout GraphBuilder) -> Variable {
    graph.transpose(graph.view(x, [x.size(0), x.size(1), count, -1]), 1, 2)
  }

  /// What the layer keeps of the tokens it has seen.
  var cache: CacheLayer { .latent(rank: rank, rotaryWidth: rotaryWidth) }
}
