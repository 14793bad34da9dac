import ModelGraph

/// Attention and a feed-forward network over tokens, each normalized first, perhaps scaled, and
/// added back.
struct TokenBlock: Layer {
  var attention: any Layer
  var feedForward: any Layer
  var norm: FeatureNormalization
  var names = Names()
  var dropout = 0.0

  /// The factor of each feature of a branch; `nil` if there is none.
  var scaling: Scaling?
  var dropPath = 0.0

  /// The names of the numbers by whose hyperbolic tangents the branches count; `nil` if all do.
  var gates: Scaling?

  struct Names: Hashable, Sendable {
    var attention = "self_attn"
    var firstNorm = "layer_norm1"
    var feedForward = "mlp"
    var secondNorm = "layer_norm2"

    static let vit = Names(
      attention: "attention", firstNorm: "layernorm_before", secondNorm: "layernorm_after")
    static let dino = Names(attention: "attention", firstNorm: "norm1", secondNorm: "norm2")
  }

  /// A block of a Vision Transformer with the names that the first BERT has for its network.
  static func vit(
    _ attention: TokenAttention, bias: Bool, inner: Int, activation: String,
    norm: FeatureNormalization, dropout: Double = 0
  ) -> TokenBlock {
    var attention = attention
    attention.names = .bert
    attention.biases = .init(query: bias, key: bias, value: bias)
    var names = Names.vit
    names.feedForward = ""
    return TokenBlock(
      attention: attention,
      feedForward: BERTFeedForward(
        features: norm.features, inner: inner, activation: activation),
      norm: norm, names: names, dropout: dropout)
  }

  /// The names of the learned factors of the two branches.
  struct Scaling: Hashable, Sendable {
    var first: String
    var second: String
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let attended = branch(
      attention, names.attention, names.firstNorm, scaling?.first, gates?.first, x, in: &graph)
    return branch(
      feedForward, names.feedForward, names.secondNorm, scaling?.second, gates?.second, attended,
      in: &graph)
  }

  private func branch(
    _ layer: any Layer, _ name: String, _ normName: String, _ factor: String?, _ gate: String?,
    _ x: Variable,
    in graph: inout GraphBuilder
  ) -> Variable {
    var y = norm.named(normName)(x, in: &graph)
    y = graph.scoped(name) { layer(y, in: &$0) }
    y = Dropout(dropout)(y, in: &graph)
    if let factor { y = graph.multiply(y, graph.parameter(factor, [norm.features])) }
    if let gate { y = graph.multiply(graph.apply("Tanh", graph.parameter(gate, [1])), y) }
    y = StochasticDepth(dropPath)(y, in: &graph)
    return graph.add(y, x)
  }
}

/// A network as the first BERT names it: `intermediate.dense` and `output.dense`.
struct BERTFeedForward: Layer {
  var features: Int
  var inner: Int
  var activation: String

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    PlainFeedForward(
      features: features, inner: inner, activation: activation, up: "intermediate.dense",
      down: "output.dense")(x, in: &graph)
  }
}
