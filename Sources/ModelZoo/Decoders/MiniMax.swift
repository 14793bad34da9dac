// "MiniMax-01: Scaling Foundation Models with Lightning Attention", 2025.
// <https://arxiv.org/abs/2501.08313>
// MiniMax-M2: <https://huggingface.co/MiniMaxAI/MiniMax-M2>, 2025.

import ModelGraph

/// Linear attention in every other layer, and mixtures of experts in all.
enum MiniMax {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32000, features: 4096, inner: 14336, depth: 32, heads: 32, keyHeads: 8,
        context: 131_072, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.use(
      MixtureOfExperts(
        features: sizes.features, inner: sizes.inner,
        routing: ExpertRouting(
          count: try c.size("num_local_experts", "num_experts", default: 8),
          used: try c.size("num_experts_per_tok", default: 2))), where: { _ in true })
    stack.answeringStack = "model"
    let linear = LightningAttention(
      features: sizes.features, heads: sizes.heads, width: sizes.width,
      block: try c.size("block_size", default: 256, in: 1...65536), activation: sizes.activation)
    let types =
      try c.layerTypes(depth: sizes.depth)
      ?? (0..<sizes.depth).map { $0 % 2 == 0 ? "full_attention" : "linear_attention" }
    return stack.blueprint.replacing(
      attentionOf: stack, named: "self_attn", with: linear, cache: linear.cache
    ) { types[$0] == "linear_attention" }
  }
}

/// Grouped attention, queries and keys normalized as whole vectors, and mixtures of experts in all layers.
enum MiniMaxM2 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 200_064, features: 3072, inner: 1536, depth: 62, heads: 48, keyHeads: 8,
        width: 128, context: 196_608))
    var stack = LlamaStack(sizes)
    let turned = try c.size("rotary_dim", default: sizes.width)
    let factor = try c.rotaryFactor(default: Double(turned) / Double(sizes.width))
    stack.rotaryWidth = Int(Double(sizes.width) * factor)
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.headNorm = .init(kind: .rootMeanSquare, epsilon: sizes.epsilon, span: .allHeads)
    let count = try c.size("num_local_experts", "num_experts", default: 256)
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: sizes.inner,
      routing: ExpertRouting(
        count: count, used: try c.size("num_experts_per_tok", default: 8)),
      blockState: [StateTensor(name: "e_score_correction_bias", .float32, [count])])
    stack.use(mixture, where: { _ in true })
    return stack.blueprint
  }
}

/// Attention without a softmax, block by block, with a gated output.
///
/// Qin et al., "Lightning Attention-2", 2024. <https://arxiv.org/abs/2401.04658>
struct LightningAttention: Layer {
  var features: Int
  var heads: Int
  var width: Int

  /// The tokens that are taken at once.
  var block: Int
  var activation: String

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let inner = heads * width
    let projected = NamedActivation(name: activation)(
      Linear(features, 3 * inner, bias: false).named("qkv_proj")(x, in: &graph), in: &graph)
    let type = TensorType(x.type.dataType, [x.size(0), x.size(1), inner])
    let mixed = graph.opaque(
      "LightningAttention", [projected] + decays(in: &graph), gives: [type])[0]
    let normalized = FeatureNormalization(kind: .rootMeanSquare, features: inner).named("norm")(
      mixed, in: &graph)
    let gate = graph.apply(
      "Sigmoid", Linear(features, inner, bias: false).named("output_gate")(x, in: &graph))
    return Linear(inner, features, bias: false).named("out_proj")(
      graph.multiply(gate, normalized), in: &graph)
  }

  private func decays(in graph: inout GraphBuilder) -> [Variable] {
    [
      graph.state("slope_rate", .float32, [heads, 1, 1]),
      graph.state("query_decay", .float32, [heads, block, 1]),
      graph.state("key_decay", .float32, [heads, block, 1]),
      graph.state("diagonal_decay", .float32, [1, heads, block, block]),
    ]
  }

  /// A matrix for every head.
  var cache: CacheLayer {
    CacheLayer([CachedTensor("linear_states", [heads, width, width], .fixed)])
  }
}
