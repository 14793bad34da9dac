// "Nemotron-4 15B Technical Report", Parmar et al., 2024. <https://arxiv.org/abs/2402.16819>

import ModelGraph

/// Layer normalization, squared rectifiers, half of each head turned.
enum Nemotron {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 256000, features: 6144, inner: 24576, depth: 32, heads: 48, context: 4096,
        epsilon: 1e-5, activation: "relu2"))
    sizes.epsilon = try c.number("norm_eps", default: 1e-5)
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor(default: 0.5)))
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.normKind = .layer(bias: true)
    let bias = try c.flag("mlp_bias", default: false)
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation, bias: bias,
        up: "up_proj", down: "down_proj")
    }
    return stack.blueprint
  }
}
