import ModelGraph

/// Attention and a feed-forward network, with residual sums and normalizations around them.
struct DecoderBlock: Layer {
  var attention: any Layer
  var feedForward: any Layer
  var norm: FeatureNormalization
  var arrangement = Arrangement.normalizedFirst
  var names = Names()
  var dropout = 0.0

  /// The factor of what is added to the residual stream; `nil` if there is none.
  var residualFactor: Double?

  enum Arrangement: Hashable, Sendable {
    /// `x + f(norm(x))`
    case normalizedFirst

    /// `x + norm(f(x))`
    case normalizedLast

    /// `norm(x + f(x))`
    case sumNormalized

    /// `x + norm(f(norm(x)))`
    case normalizedAround

    /// `x + attention(norm(x)) + network(norm(x))`, with one normalization or two.
    case parallel(normalizations: Int)
  }

  struct Names: Hashable, Sendable {
    var attention = "self_attn"
    var feedForward = "mlp"
    var beforeAttention = "input_layernorm"
    var beforeFeedForward = "post_attention_layernorm"
    var afterAttention = "post_attention_layernorm"
    var afterFeedForward = "post_feedforward_layernorm"
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    if case .parallel(let count) = arrangement { return parallel(x, norms: count, in: &graph) }
    let attended = branch(
      attention, names.attention, x, names.beforeAttention, names.afterAttention, in: &graph)
    return branch(
      feedForward, names.feedForward, attended, names.beforeFeedForward, names.afterFeedForward,
      in: &graph)
  }

  private var isNormalizedBefore: Bool {
    arrangement == .normalizedFirst || arrangement == .normalizedAround
  }

  private var isNormalizedAfter: Bool {
    arrangement == .normalizedLast || arrangement == .normalizedAround
  }

  private func branch(
    _ layer: any Layer, _ name: String, _ x: Variable, _ before: String, _ after: String,
    in graph: inout GraphBuilder
  ) -> Variable {
    var y = x
    if isNormalizedBefore { y = norm.named(before)(y, in: &graph) }
    y = name.isEmpty ? layer(y, in: &graph) : graph.scoped(name) { layer(y, in: &$0) }
    if isNormalizedAfter { y = norm.named(after)(y, in: &graph) }
    y = Dropout(dropout)(y, in: &graph)
    if let residualFactor { y = graph.scale(y, by: residualFactor) }
    let sum = graph.add(x, y)
    return arrangement == .sumNormalized ? norm.named(after)(sum, in: &graph) : sum
  }

  private func parallel(_ x: Variable, norms: Int, in graph: inout GraphBuilder) -> Variable {
    let first = norm.named(names.beforeAttention)(x, in: &graph)
    let second = norms > 1 ? norm.named(names.beforeFeedForward)(x, in: &graph) : first
    let attended = Dropout(dropout)(
      graph.scoped(names.attention) { attention(first, in: &$0) }, in: &graph)
    let fed = Dropout(dropout)(
      graph.scoped(names.feedForward) { feedForward(second, in: &$0) }, in: &graph)
    return graph.add(graph.add(attended, fed), x)
  }
}
