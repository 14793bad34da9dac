// "ChatGLM: A Family of Large Language Models", 2024. <https://arxiv.org/abs/2406.12793>
// "GLM-4.5", 2025. <https://arxiv.org/abs/2508.06471>

import ModelGraph

/// Llama with packed networks, half of each head turned, and normalizations also after the branches.
enum GLM4 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    named(try GLM.stack(c, epsilon: 0.00000015625)).blueprint
  }

  /// A stack with this generation's normalizations and packed networks.
  static func named(_ other: LlamaStack) -> LlamaStack {
    var stack = other
    stack.arrangement = .normalizedAround
    stack.names.beforeFeedForward = "post_attention_layernorm"
    stack.names.afterAttention = "post_self_attn_layernorm"
    stack.names.afterFeedForward = "post_mlp_layernorm"
    var network = stack.gated(stack.sizes.inner)
    network.packed = "gate_up_proj"
    stack.feedForward = { [network] _ in network }
    return stack
  }
}

/// Llama with packed networks, half of each head turned.
enum GLM {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    try stack(c, epsilon: 0.00000015625).blueprint
  }

  fileprivate static func stack(
    _ c: Configuration, epsilon: Double
  ) throws(ConfigurationError) -> LlamaStack {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 151552, features: 4096, inner: 13696, depth: 40, heads: 32, keyHeads: 2,
        width: 128, context: 131072, epsilon: epsilon))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor(default: 0.5)))
    stack.bias = try c.flag("attention_bias", default: true)
    stack.dropout = try c.number("attention_dropout", default: 0)
    var network = stack.gated(sizes.inner)
    network.packed = "gate_up_proj"
    stack.feedForward = { [network] _ in network }
    return stack
  }
}

/// Grouped attention, and mixtures of experts after the first layers.
enum GLM4MoE {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 151552, features: 4096, inner: 10944, depth: 46, heads: 96, keyHeads: 8,
        context: 131072, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor(default: 0.5)))
    stack.bias = try c.flag("attention_bias", default: false)
    if try c.flag("use_qk_norm", default: false) {
      stack.headNorm = .init(kind: .rootMeanSquare, epsilon: sizes.epsilon)
    }
    let mixture = try DeepSeekV3.mixture(c, sizes, routed: 128, shared: 1, used: 8, inner: 1408)
    let first = try c.count("first_k_dense_replace", default: 1)
    stack.use(mixture, where: { $0 >= first })
    return stack.blueprint
  }
}

/// GLM-4.7-Flash: latent attention, and mixtures of experts in all layers but the first.
enum GLM4MoELite {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c.without("num_key_value_heads"),
      .init(
        vocabulary: 154_880, features: 2048, inner: 10240, depth: 47, heads: 20,
        context: 202_752, epsilon: 1e-5))
    var attention = try DeepSeekV3.attention(
      c, sizes, ranks: (query: 768, key: 512), plain: 192, value: 256)
    attention.rotaryWidth = try c.size("qk_rope_head_dim", "head_dim", default: 64)
    let mixture = try DeepSeekV3.mixture(c, sizes, routed: 64, shared: 1, used: 4, inner: 1536)
    let types = try c.layerTypes("mlp_layer_types", depth: sizes.depth)
    var blueprint = DeepSeekV3.blueprint(sizes, attention, mixture) { index in
      types.map { $0[index] == "sparse" } ?? (index > 0)
    }
    let turned = Int(Double(attention.rotaryWidth) * (try c.rotaryFactor()))
    blueprint.decoder.rotary = [.init(embedding: RotaryEmbedding(width: turned))]
    return blueprint
  }
}
