// "Qwen2 Technical Report", Yang et al., 2024. <https://arxiv.org/abs/2407.10671>
// "Qwen3 Technical Report", Yang et al., 2025. <https://arxiv.org/abs/2505.09388>

/// Llama with biases on queries, keys and values, and windows from some layer on if they are used.
enum Qwen2 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 151936, features: 4096, inner: 22016, depth: 32, heads: 32, keyHeads: 32,
        context: 32768))
    return try stack(c, sizes).blueprint
  }

  /// The stack, in which layers from one on have windows if windows are used.
  static func stack(
    _ c: Configuration, _ sizes: DecoderSizes, firstWindow: Int = 28
  ) throws(ConfigurationError) -> LlamaStack {
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = true
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.windows = try windows(c, depth: sizes.depth, first: firstWindow)
    return stack
  }

  /// The windows of the layers after the first `max_window_layers`.
  static func windows(
    _ c: Configuration, depth: Int, first standard: Int = 28
  ) throws(ConfigurationError) -> [Int?] {
    let isUsed = try c.flag("use_sliding_window", default: false)
    let window = c.isNull("sliding_window") ? nil : try c.count("sliding_window", default: 4096)
    let first = try c.count("max_window_layers", default: standard)
    return try c.windows(depth: depth, size: isUsed ? window : nil) { $0 >= first }
  }
}

/// Llama with normalized queries and keys.
enum Qwen3 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 151936, features: 4096, inner: 22016, depth: 32, heads: 32, keyHeads: 32,
        width: 128, context: 32768))
    return try stack(c, sizes).blueprint
  }

  static func stack(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> LlamaStack {
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.headNorm = .init(kind: .rootMeanSquare, epsilon: sizes.epsilon)
    stack.windows = try Qwen2.windows(c, depth: sizes.depth)
    return stack
  }
}
