// "Jais 2", Inception, 2025. <https://huggingface.co/inceptionai/Jais-2-8B-Chat>

import ModelGraph

/// Llama with layer normalization, biases, and plain networks of squared rectifiers.
enum Jais2 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 150_272, features: 3328, inner: 26624, depth: 32, heads: 26, context: 8192,
        epsilon: 1e-5, activation: "relu2"))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: true)
    stack.outputBias = stack.bias
    stack.normKind = .layer(bias: true)
    stack.dropout = try c.number("attention_dropout", default: 0)
    let bias = try c.flag("mlp_bias", default: true)
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation, bias: bias,
        up: "up_proj", down: "down_proj")
    }
    return stack.blueprint
  }
}
