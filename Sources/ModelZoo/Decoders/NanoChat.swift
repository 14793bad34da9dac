// "nanochat", Karpathy, 2025. <https://github.com/karpathy/nanochat>

import ModelGraph

/// Normalizations that learn nothing, also before the first block and of queries and keys.
enum NanoChat {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 50304, features: 768, inner: 8192, depth: 12, heads: 6, context: 2048,
        activation: "relu2"))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.normKind = .rootMeanSquareUnlearned
    stack.headNorm = .init(kind: .rootMeanSquareUnlearned, epsilon: sizes.epsilon)
    let norm = stack.norm
    stack.opening = { x, graph in norm(x, in: &graph) }
    stack.feedForward = { _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation, bias: false)
    }
    return stack.blueprint
  }
}
