// "Youtu-LLM", Tencent, 2025. <https://huggingface.co/tencent/Youtu-LLM-2B>

import ModelGraph

/// Latent attention as in DeepSeek-V3, without experts.
enum Youtu {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c.without("num_key_value_heads"),
      .init(
        vocabulary: 128_256, features: 2048, inner: 6144, depth: 32, heads: 16, context: 131_072,
        isTied: true))
    let attention = try DeepSeekV3.attention(
      c, sizes, ranks: (query: 1536, key: 512), plain: 128, value: 128)
    let stack = LlamaStack(sizes)
    let turned = c.has("head_dim") || c.isNull("head_dim") ? sizes.width : attention.rotaryWidth
    let decoder = Decoder(
      vocabulary: sizes.vocabulary, features: sizes.features, depth: sizes.depth, head: sizes.head,
      isTied: sizes.isTied, norm: stack.norm,
      rotary: [.init(embedding: RotaryEmbedding(width: try c.scaledRotaryWidth(turned)))]
    ) { _, tables in
      var attention = attention
      attention.rotary = tables.first ?? RotaryTables(width: 0)
      return DecoderBlock(
        attention: attention, feedForward: stack.gated(sizes.inner), norm: stack.norm)
    }
    return DecoderBlueprint(
      decoder: decoder, cache: Array(repeating: attention.cache, count: sizes.depth),
      context: sizes.context)
  }
}
