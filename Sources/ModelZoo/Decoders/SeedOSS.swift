// "Seed-OSS", ByteDance, 2025. <https://github.com/ByteDance-Seed/seed-oss>

import ModelGraph

/// Llama with biases on queries, keys and values, and dropout after both branches.
enum SeedOSS {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 155_136, features: 4096, inner: 27648, depth: 64, heads: 80, keyHeads: 8,
        width: 128, context: 524_288))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: true)
    stack.outputBias = try c.flag("attention_out_bias", default: false)
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    stack.dropout = try c.number("attention_dropout", default: 0.1)
    stack.residualDropout = try c.number("residual_dropout", default: 0.1)
    return stack.blueprint
  }
}
