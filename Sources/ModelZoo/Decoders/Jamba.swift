// "Jamba: A Hybrid Transformer-Mamba Language Model", Lieber et al., 2024.
// <https://arxiv.org/abs/2403.19887>

import ModelGraph

/// Mamba in seven of eight layers, attention without positions in the rest, experts in every other.
enum Jamba {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 65536, features: 4096, inner: 14336, depth: 32, heads: 32, keyHeads: 8,
        context: 262_144))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = 0
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.nameLikeJamba()
    try useExperts(&stack, c)
    let mixer = try mixer(c, sizes)
    let period = try c.size("attn_layer_period", default: 8)
    let offset = try c.count("attn_layer_offset", default: 4)
    return stack.blueprint.replacing(
      attentionOf: stack, named: "mamba", with: mixer, cache: mixer.cache
    ) { $0 % period != offset }
  }

  private static func useExperts(
    _ stack: inout LlamaStack, _ c: Configuration
  ) throws(ConfigurationError) {
    let count = try c.size("num_experts", "num_local_experts", default: 16)
    guard count > 1 else { return }
    var mixture = MixtureOfExperts(
      features: stack.sizes.features, inner: stack.sizes.inner,
      routing: ExpertRouting(count: count, used: try c.size("num_experts_per_tok", default: 2)))
    mixture.router = "router"
    let period = try c.size("expert_layer_period", default: 2)
    let offset = try c.count("expert_layer_offset", default: 1)
    stack.use(mixture, where: { $0 % period == offset })
  }

  private static func mixer(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> MambaMixer {
    let expand = try c.size("mamba_expand", default: 2, in: 1...1024)
    return MambaMixer(
      features: sizes.features, inner: expand * sizes.features,
      states: try c.size("mamba_d_state", default: 16),
      kernel: try c.size("mamba_d_conv", default: 4),
      rank: try c.timeStepRank("mamba_dt_rank", features: sizes.features),
      bias: try c.flag("mamba_proj_bias", default: false),
      convolutionBias: try c.flag("mamba_conv_bias", default: true), normalization: .learned)
  }
}

extension DecoderBlueprint {
  /// The decoder with another mixer than attention in some layers.
  func replacing(
    attentionOf stack: LlamaStack, named name: String, with mixer: any Layer, cache: CacheLayer,
    where isReplaced: @escaping @Sendable (Int) -> Bool
  ) -> DecoderBlueprint {
    var blueprint = self
    for index in blueprint.cache.indices where isReplaced(index) { blueprint.cache[index] = cache }
    let block = blueprint.decoder.block
    blueprint.decoder.block = { index, tables in
      guard isReplaced(index) else { return block(index, tables) }
      var replaced = stack.block(index, nil)
      replaced.attention = mixer
      replaced.names.attention = name
      return replaced
    }
    return blueprint
  }
}
