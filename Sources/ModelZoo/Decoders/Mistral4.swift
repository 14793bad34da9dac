// Mistral Small 4: <https://mistral.ai/news/mistral-small-4>, 2026.

import ModelGraph

/// Latent attention and mixtures of experts, as in DeepSeek-V3, without corrections.
enum Mistral4 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c.without("num_key_value_heads"),
      .init(
        vocabulary: 131_072, features: 4096, inner: 12288, depth: 36, heads: 32,
        context: 1_048_576))
    let attention = try DeepSeekV3.attention(
      c, sizes, ranks: (query: 1024, key: 256), plain: 64, value: 128)
    var mixture = try DeepSeekV3.mixture(c, sizes, routed: 128, shared: 1, used: 4, inner: 2048)
    mixture.correction = nil
    let first = try c.count("first_k_dense_replace", default: 0)
    var blueprint = DeepSeekV3.blueprint(sizes, attention, mixture) { $0 >= first }
    let width = attention.plainWidth + attention.rotaryWidth
    let turned = try c.scaledRotaryWidth(
      width, rule: "yarn", factor: Double(attention.rotaryWidth) / Double(width))
    blueprint.decoder.rotary = [.init(embedding: RotaryEmbedding(width: turned))]
    return blueprint
  }
}
