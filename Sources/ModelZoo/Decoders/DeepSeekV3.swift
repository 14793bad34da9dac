// "DeepSeek-V3 Technical Report", DeepSeek-AI, 2024. <https://arxiv.org/abs/2412.19437>

import ModelGraph

/// Latent attention, and mixtures of experts after the first layers; Kimi K2 is of this family.
enum DeepSeekV3 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c.without("num_key_value_heads"),
      .init(
        vocabulary: 129280, features: 7168, inner: 18432, depth: 61, heads: 128,
        context: 4096))
    let attention = try attention(c, sizes, ranks: (query: 1536, key: 512), plain: 128, value: 128)
    let mixture = try mixture(c, sizes, routed: 256, shared: 1, used: 8, inner: 2048)
    let dense = try c.count("first_k_dense_replace", default: 3)
    var blueprint = blueprint(sizes, attention, mixture) { $0 >= dense }
    // A stated width of heads counts for the tables alone.
    let turned = c.has("head_dim") || c.isNull("head_dim") ? sizes.width : attention.rotaryWidth
    blueprint.decoder.rotary = [
      .init(embedding: RotaryEmbedding(width: try c.scaledRotaryWidth(turned)))
    ]
    return blueprint
  }

  /// A stack in which some layers have a mixture of experts.
  static func blueprint(
    _ sizes: DecoderSizes, _ attention: LatentAttention, _ mixture: MixtureOfExperts,
    bias: Bool = false, isSparse: @escaping @Sendable (Int) -> Bool
  ) -> DecoderBlueprint {
    var stack = LlamaStack(sizes)
    stack.feedForwardBias = bias
    let decoder = Decoder(
      vocabulary: sizes.vocabulary, features: sizes.features, depth: sizes.depth, head: sizes.head,
      isTied: sizes.isTied, norm: stack.norm,
      rotary: [.init(embedding: RotaryEmbedding(width: attention.rotaryWidth))]
    ) { [stack] index, tables in
      var attention = attention
      attention.rotary = tables.first ?? RotaryTables(width: 0)
      let network: any Layer = isSparse(index) ? mixture : stack.gated(sizes.inner)
      return DecoderBlock(attention: attention, feedForward: network, norm: stack.norm)
    }
    return DecoderBlueprint(
      decoder: decoder, cache: Array(repeating: attention.cache, count: sizes.depth),
      context: sizes.context, experts: mixture.routing)
  }

  static func attention(
    _ c: Configuration, _ sizes: DecoderSizes, ranks: (query: Int?, key: Int), plain: Int,
    value: Int
  ) throws(ConfigurationError) -> LatentAttention {
    let queryRank =
      c.isNull("q_lora_rank") ? nil : try c.size(ifAny: "q_lora_rank") ?? ranks.query
    return LatentAttention(
      features: sizes.features, heads: sizes.heads, queryRank: queryRank,
      rank: try c.size("kv_lora_rank", default: ranks.key),
      rotaryWidth: try c.size("qk_rope_head_dim", default: 64),
      plainWidth: try c.size("qk_nope_head_dim", default: plain),
      valueWidth: try c.size("v_head_dim", default: value),
      bias: try c.flag("attention_bias", default: false))
  }

  static func mixture(
    _ c: Configuration, _ sizes: DecoderSizes, routed: Int, shared: Int, used: Int, inner: Int
  ) throws(ConfigurationError) -> MixtureOfExperts {
    let count = try c.size("n_routed_experts", "num_local_experts", default: routed)
    let each = try c.size("moe_intermediate_size", default: inner)
    let always = try c.count("n_shared_experts", default: shared)
    return MixtureOfExperts(
      features: sizes.features, inner: each,
      routing: ExpertRouting(
        count: count, used: try c.size("num_experts_per_tok", default: used)),
      correction: .init(name: "e_score_correction_bias", shape: [count]),
      shared: GatedFeedForward(
        features: sizes.features, inner: each * always, activation: sizes.activation),
      sharedName: "shared_experts")
  }
}
