// "Helium 1", Kyutai, 2025. <https://kyutai.org/2025/04/30/helium.html>

import ModelGraph

/// Llama with its own defaults.
enum Helium {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 48000, features: 2560, inner: 7040, depth: 24, heads: 20, keyHeads: 20,
        width: 128, context: 4096, epsilon: 1e-8))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    stack.dropout = try c.number("attention_dropout", default: 0)
    return stack.blueprint
  }
}
