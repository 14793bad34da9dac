// "Hunyuan 3", Tencent, 2026. <https://huggingface.co/tencent>

import ModelGraph

/// Normalized queries and keys, and mixtures of experts behind the first layer.
enum HunYuanV3 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 120_832, features: 4096, inner: 13312, depth: 80, heads: 64, keyHeads: 8,
        width: 128, context: 131_072, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    stack.headNorm = .init(kind: .rootMeanSquare, epsilon: sizes.epsilon)
    let count = try c.size("num_experts", default: 192)
    let inner = try c.size("moe_intermediate_size", default: 1536)
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: inner,
      routing: ExpertRouting(
        count: count, used: try c.size("num_experts_per_tok", default: 8)),
      correction: .init(name: "e_score_correction_bias", isOutside: true, shape: [count]),
      shared: stack.gated(inner * (try c.size("num_shared_experts", default: 1))),
      sharedName: "shared_experts")
    let kinds = try c.layerTypes("mlp_layer_types", depth: sizes.depth)
    stack.use(mixture) { index in kinds.map { $0[index] == "sparse" } ?? (index > 0) }
    return stack.blueprint
  }
}
