import ModelGraph

/// Grouped attention with normalized heads, some of whose layers use the keys and values of others.
///
/// "Gemma 3n", 2025. <https://ai.google.dev/gemma/docs/gemma-3n>
struct SharedKeyAttention: Layer {
  var features: Int
  var heads: Int
  var keyHeads: Int
  var width: Int
  var bias = false
  var epsilon = 1e-6
  var rotary = RotaryTables(width: 0)
  var dropout = 0.0
  var source = Source.own

  /// The kind of layer among which keys and values are shared.
  var kind = ""

  /// Where keys and values come from.
  enum Source: Hashable, Sendable {
    case own

    /// Keys before their normalization are values too.
    case keysAsValues

    /// Those that the last layer of the same kind before has made.
    case reused
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let queries = rotary.turn(
      normalized(mapped(x, "q_proj", heads, in: &graph), "q_norm", in: &graph), in: &graph)
    let (keys, values) = keysAndValues(x, in: &graph)
    let mixed = graph.attention([queries, keys, values], dropout: dropout, isCausal: true)
    let joined = graph.view(graph.transpose(mixed, 1, 2), [x.size(0), x.size(1), heads * width])
    return Linear(heads * width, features, bias: bias).named("o_proj")(joined, in: &graph)
  }

  private func keysAndValues(
    _ x: Variable, in graph: inout GraphBuilder
  ) -> (Variable, Variable) {
    let names = (keys: "keys of \(kind)", values: "values of \(kind)")
    if source == .reused, let keys = graph.recall(names.keys),
      let values = graph.recall(names.values)
    {
      return (keys, values)
    }
    let mappedKeys = mapped(x, "k_proj", keyHeads, in: &graph)
    let mappedValues =
      source == .keysAsValues ? mappedKeys : mapped(x, "v_proj", keyHeads, in: &graph)
    let keys = rotary.turn(normalized(mappedKeys, "k_norm", in: &graph), in: &graph)
    let unlearned = FeatureNormalization(
      kind: .rootMeanSquareUnlearned, features: width, epsilon: epsilon)
    let values = graph.transpose(unlearned.named("v_norm")(mappedValues, in: &graph), 1, 2)
    graph.remember(keys, as: names.keys)
    graph.remember(values, as: names.values)
    return (keys, values)
  }

  /// A map to heads, `[batch, length, heads, features]`.
  private func mapped(
    _ x: Variable, _ name: String, _ count: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let all = Linear(features, count * width, bias: bias).named(name)(x, in: &graph)
    return graph.view(all, [x.size(0), x.size(1), count, width])
  }

  /// Normalized heads in front of the sequence.
  private func normalized(
    _ x: Variable, _ name: String, in graph: inout GraphBuilder
  ) -> Variable {
    let norm = FeatureNormalization(kind: .rootMeanSquare, features: width, epsilon: epsilon)
    return graph.transpose(norm.named(name)(x, in: &graph), 1, 2)
  }

  /// What the layer keeps of the tokens it has seen; nothing where it uses another one's.
  func cache(window: Int?) -> CacheLayer {
    source == .reused
      ? CacheLayer() : .attention(heads: keyHeads, width: width, window: window)
  }
}

/// Numbers of its own that every layer takes of a token, beside what the layer before gives.
struct LayerInputs: Sendable {
  var vocabulary: Int
  var features: Int

  /// The features of one layer's part.
  var width: Int
  var depth: Int
  var epsilon: Double

  /// Looks the numbers up and mixes them with a map of the embeddings.
  func make(_ embeddings: Variable, in graph: inout GraphBuilder) {
    guard let tokens = graph.recall("tokens") else { return }
    let shape = [embeddings.size(0), embeddings.size(1), depth, width]
    let table = graph.scoped("embed_tokens_per_layer") { graph in
      let rows = Embedding(vocabulary, depth * width)(tokens, in: &graph)
      let factor = graph.cast(graph.state("embed_scale", .float32, []), to: rows.type.dataType)
      return graph.view(graph.multiply(rows, factor), shape)
    }
    let mapped = Linear(features, depth * width, bias: false).named("per_layer_model_projection")(
      embeddings, in: &graph)
    let norm = FeatureNormalization(kind: .rootMeanSquare, features: width, epsilon: epsilon)
    let normalized = norm.named("per_layer_projection_norm")(
      graph.view(graph.scale(mapped, by: 1), shape), in: &graph)
    graph.remember(
      graph.scale(graph.add(normalized, table), by: 1), as: "layer inputs")
  }

  /// What a layer's branch makes of its part.
  func branch(
    _ x: Variable, _ index: Int, activation: String, in graph: inout GraphBuilder
  ) -> Variable {
    guard let all = graph.recall("layer inputs") else { return x }
    let part = graph.select(all, axis: 2, index: index)
    let gate = NamedActivation(name: activation)(
      Linear(features, width, bias: false).named("per_layer_input_gate")(x, in: &graph),
      in: &graph)
    let mapped = Linear(width, features, bias: false).named("per_layer_projection")(
      graph.multiply(gate, part), in: &graph)
    let norm = FeatureNormalization(kind: .rootMeanSquare, features: features, epsilon: epsilon)
    return norm.named("post_per_layer_input_norm")(mapped, in: &graph)
  }
}
