// "Command R", Cohere, 2024. <https://docs.cohere.com/docs/command-r>

import ModelGraph

/// Attention and network side by side after one layer normalization without a bias.
enum Cohere {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try stack(c)
    if try c.flag("use_qk_norm", default: false) {
      stack.headNorm = .init(
        kind: .layerWrittenOut, epsilon: stack.sizes.epsilon, span: .headsApart)
    }
    return stack.blueprint
  }

  fileprivate static func stack(_ c: Configuration) throws(ConfigurationError) -> LlamaStack {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 256000, features: 8192, inner: 22528, depth: 40, heads: 64, context: 8192,
        epsilon: 1e-5, isTied: true))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.normKind = .layerWrittenOut
    stack.arrangement = .parallel(normalizations: 1)
    stack.dropout = try c.number("attention_dropout", default: 0)
    return stack
  }
}

/// Cohere with a window in three of four layers.
enum Cohere2 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try Cohere.stack(c)
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 4096)
    let pattern = try c.size("sliding_window_pattern", default: 4)
    stack.windows = try c.windows(depth: stack.sizes.depth, size: window) {
      ($0 + 1) % pattern != 0
    }
    return stack.blueprint
  }
}
