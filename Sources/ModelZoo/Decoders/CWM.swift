// "CWM: An Open-Weights LLM for Research on Code Generation with World Models", 2025.
// <https://arxiv.org/abs/2510.02387>

/// Llama with a window in three of four layers.
enum CWM {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 128_256, features: 6144, inner: 21504, depth: 64, heads: 48, keyHeads: 8,
        width: 128, context: 131_072, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    stack.dropout = try c.number("attention_dropout", default: 0)
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 8192)
    stack.windows = try c.windows(depth: sizes.depth, size: window) { $0 % 4 != 0 }
    return stack.blueprint
  }
}
