// "Deformable DETR: Deformable Transformers for End-to-End Object Detection", Zhu et al., 2020.
// <https://arxiv.org/abs/2010.04159>

import ModelGraph

/// Attention to a few places of several maps, which each query chooses itself.
struct DeformableAttention: Sendable {
  var features: Int
  var heads: Int
  var levels: Int
  var points: Int

  /// Whether a factor for each point is kept as state.
  var hasPointFactors = false

  /// Reads the maps, whose cells are rows of `memory`, for each of the queries.
  func callAsFunction(
    _ x: Variable, memory: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let count = heads * levels * points
    let offsets = Linear(features, 2 * count).named("sampling_offsets")(x, in: &graph)
    let weights = Linear(features, count).named("attention_weights")(x, in: &graph)
    let values = Linear(features, features).named("value_proj")(memory, in: &graph)
    if hasPointFactors { _ = graph.state("n_points_scale", .float32, [levels * points]) }
    let mixed = graph.opaque(
      "DeformableAttention", [values, offsets, weights], gives: [x.type], layer: .attention)[0]
    return Linear(features, features).named("output_proj")(mixed, in: &graph)
  }
}

/// Attention among queries and to the maps, and a network, each added back and normalized.
struct DeformableBlock: Sendable {
  var attention: DeformableAttention
  var inner: Int
  var activation: String
  var epsilon = 1e-5

  /// Reads the maps for the queries, which find each other with their places.
  func callAsFunction(
    _ x: Variable, places: Variable? = nil, memory: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let mixer = TokenAttention(
      features: attention.features, heads: attention.heads, names: .short)
    let placed = places.map { graph.add(x, $0) } ?? x
    let mixed = mixer.named("self_attn")(placed, in: &graph)
    let first = norm("self_attn_layer_norm", graph.add(x, mixed), in: &graph)
    let read = graph.scoped("encoder_attn") { attention(first, memory: memory, in: &$0) }
    let second = norm("encoder_attn_layer_norm", graph.add(first, read), in: &graph)
    return fed(second, in: &graph)
  }

  /// A network, added back and normalized.
  func fed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let fed = PlainFeedForward(
      features: attention.features, inner: inner, activation: activation
    ).named("mlp")(x, in: &graph)
    return norm("final_layer_norm", graph.add(x, fed), in: &graph)
  }

  func norm(_ name: String, _ x: Variable, in graph: inout GraphBuilder) -> Variable {
    LayerNorm(attention.features, epsilon: epsilon).named(name)(x, in: &graph)
  }
}

extension FeaturePyramid {
  /// The stages whose maps are read, counted from one behind the stem; the last one where nothing says.
  func stages(_ c: Configuration, default standard: [Int]) throws(ConfigurationError) -> [Int] {
    if let indices = try c.sizes("out_indices", in: 0...64) { return checked(indices) }
    guard let names = try c.texts("out_features") else { return checked(standard) }
    return checked(names.compactMap { Int($0.drop { !("0"..."9" ~= $0) }) })
  }

  private func checked(_ stages: [Int]) -> [Int] {
    stages.filter { 1...widths.count ~= $0 }
  }
}
