// "DeepSeek-V2", DeepSeek-AI, 2024. <https://arxiv.org/abs/2405.04434>
// MiniCPM3: <https://huggingface.co/openbmb/MiniCPM3-4B>, 2024.

import ModelGraph

/// Latent attention, and mixtures of experts in all layers but the first if any.
enum DeepSeekV2 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c.without("num_key_value_heads"),
      .init(
        vocabulary: 102400, features: 4096, inner: 11008, depth: 32, heads: 32, context: 2048))
    let attention = try DeepSeekV3.attention(
      c, sizes, ranks: (query: 1536, key: 512), plain: 128, value: 128)
    var mixture = try DeepSeekV3.mixture(c, sizes, routed: 64, shared: 2, used: 6, inner: 1407)
    mixture.routing.count = try c.size("n_routed_experts", "num_experts", default: 64)
    mixture.correction = nil
    let bias = try c.flag("mlp_bias", default: false)
    if var shared = mixture.shared as? GatedFeedForward {
      shared.bias = bias
      mixture.shared = shared
    }
    let dense = try c.count("first_k_dense_replace", default: 0)
    return DeepSeekV3.blueprint(sizes, attention, mixture, bias: bias) { $0 >= dense }
  }
}

/// Latent attention with plain networks, and factors on embeddings and branches.
enum MiniCPM3 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c.without("num_key_value_heads"),
      .init(
        vocabulary: 73448, features: 2560, inner: 6400, depth: 62, heads: 40,
        context: 32768, epsilon: 1e-5, isTied: true))
    var attention = try DeepSeekV3.attention(
      c, sizes, ranks: (query: 768, key: 256), plain: 64,
      value: max(1, sizes.features / sizes.heads))
    attention.rotaryWidth = try c.size("qk_rope_head_dim", default: 32)
    var stack = LlamaStack(sizes)
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    let depth = Double(max(1, sizes.depth))
    stack.residualFactor = try c.number("scale_depth", default: 1.4) / depth.squareRoot()
    stack.rotaryWidth = attention.rotaryWidth
    stack.opening = Gemma.scaled
    let base = stack
    var blueprint = stack.blueprint
    blueprint.decoder.block = { [attention] index, tables in
      var attention = attention
      attention.rotary = tables.first ?? RotaryTables(width: 0)
      var block = base.block(index, tables.first)
      block.attention = attention
      return block
    }
    blueprint.cache = Array(repeating: attention.cache, count: sizes.depth)
    return blueprint
  }
}
