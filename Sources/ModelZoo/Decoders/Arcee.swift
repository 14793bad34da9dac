// "Arcee Foundation Models", 2025. <https://www.arcee.ai/blog/announcing-the-arcee-foundation-model-family>

import ModelGraph

/// Llama with plain networks of squared rectifiers.
enum Arcee {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32000, features: 2560, inner: 18432, depth: 32, heads: 32, context: 4096,
        epsilon: 1e-5, activation: "relu2"))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    let bias = try c.flag("mlp_bias", default: false)
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation, bias: bias,
        up: "up_proj", down: "down_proj")
    }
    return stack.blueprint
  }
}
