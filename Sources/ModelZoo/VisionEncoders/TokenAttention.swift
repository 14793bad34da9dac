import ModelGraph

/// Attention among tokens that all see each other, of an image or of a short text.
///
/// Vaswani et al., "Attention Is All You Need", 2017. <https://arxiv.org/abs/1706.03762>
struct TokenAttention: Layer {
  var features: Int
  var heads: Int

  /// The features of a head; those of the tokens among all heads if `nil`.
  var width: Int?
  var names = Names()
  var biases = Biases()

  /// The one map to queries, keys and values together, if they are not apart.
  var packed: String?

  /// Normalization of each query and key, with the names of the modules.
  var norm: (kind: FeatureNormalization, query: String, key: String)?

  /// Normalization of all queries and of all keys before they are split into heads, `q_norm` and
  /// `k_norm`.
  var wideNorm: FeatureNormalization?
  var rotary = RotaryTables(width: 0)

  /// What turns queries and keys where it is not the plain tables.
  var turning: (@Sendable (Variable, inout GraphBuilder) -> Variable)?
  var dropout = 0.0

  /// Whether a token sees only what came before it.
  var isCausal = false

  /// The features of what keys and values are made of, where it is not the tokens themselves.
  var memoryFeatures: Int?

  /// What is added to the scores of each pair of tokens, made inside this module.
  var scoreBias: (@Sendable (inout GraphBuilder) -> Variable)?

  /// Names by which the projections go, with the dots of the modules between.
  struct Names: Hashable, Sendable {
    var query = "q_proj"
    var key = "k_proj"
    var value = "v_proj"
    var output = "out_proj"

    static let short = Names(output: "o_proj")
    static let bert = Names(
      query: "attention.query", key: "attention.key", value: "attention.value",
      output: "output.dense")
  }

  /// Which projections have a bias.
  struct Biases: Hashable, Sendable {
    var query = true
    var key = true
    var value = true
    var output = true

    static let none = Biases(query: false, key: false, value: false, output: false)
  }

  private var headWidth: Int { width ?? max(1, features / heads) }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    self(x, memory: x, in: &graph)
  }

  /// Attention of tokens to others.
  func callAsFunction(
    _ x: Variable, memory: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    var parts = projected(x, memory, in: &graph)
    if let wideNorm {
      parts[0] = wideNorm.named("q_norm")(parts[0], in: &graph)
      parts[1] = wideNorm.named("k_norm")(parts[1], in: &graph)
    }
    let queries = turned(headed(parts[0], norm?.query, in: &graph), in: &graph)
    let keys = turned(headed(parts[1], norm?.key, in: &graph), in: &graph)
    let values = headed(parts[2], nil, in: &graph)
    let mixed = graph.attention(
      [queries, keys, values], mask: scoreBias?(&graph), dropout: dropout, isCausal: isCausal)
    let joined = graph.view(
      graph.transpose(mixed, 1, 2), [x.size(0), x.size(1), heads * headWidth])
    return Linear(heads * headWidth, features, bias: biases.output).named(names.output)(
      joined, in: &graph)
  }

  private func projected(
    _ x: Variable, _ memory: Variable, in graph: inout GraphBuilder
  ) -> [Variable] {
    let inner = heads * headWidth
    if let packed {
      let all = Linear(features, 3 * inner, bias: biases.query).named(packed)(x, in: &graph)
      return (0..<3).map { graph.narrow(all, axis: 2, from: $0 * inner, to: ($0 + 1) * inner) }
    }
    let source = memoryFeatures ?? features
    return [
      Linear(features, inner, bias: biases.query).named(names.query)(x, in: &graph),
      Linear(source, inner, bias: biases.key).named(names.key)(memory, in: &graph),
      Linear(source, inner, bias: biases.value).named(names.value)(memory, in: &graph),
    ]
  }

  private func turned(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    turning?(x, &graph) ?? rotary.turn(x, in: &graph)
  }

  private func headed(
    _ x: Variable, _ norm: String?, in graph: inout GraphBuilder
  ) -> Variable {
    var split = graph.view(x, [x.size(0), x.size(1), heads, headWidth])
    if let norm, let kind = self.norm?.kind { split = kind.named(norm)(split, in: &graph) }
    return graph.hold(graph.transpose(split, 1, 2))
  }
}
