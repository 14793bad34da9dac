// "dots.llm1 Technical Report", 2025. <https://arxiv.org/abs/2506.05767>

import ModelGraph

/// Normalized queries and keys, and mixtures of experts after the first layers.
enum Dots1 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 152_064, features: 4608, inner: 10944, depth: 62, heads: 32, keyHeads: 32,
        context: 2048))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.headNorm = .init(kind: .rootMeanSquare, epsilon: sizes.epsilon)
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 4096)
    let last = try c.count("max_window_layers", default: 62)
    stack.windows = try c.windows(depth: sizes.depth, size: window) { $0 >= last }
    guard c.has("n_routed_experts") || c.has("num_local_experts") else {
      throw .missing(key: "\(c.path)n_routed_experts")
    }
    let mixture = try DeepSeekV3.mixture(c, sizes, routed: 128, shared: 2, used: 6, inner: 1408)
    let first = try c.count("first_k_dense_replace", default: 0)
    stack.use(mixture, where: { $0 >= first })
    return stack.blueprint
  }
}
