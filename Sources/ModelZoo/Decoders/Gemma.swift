// "Gemma: Open Models Based on Gemini Research and Technology", 2024.
// <https://arxiv.org/abs/2403.08295>

import ModelGraph

/// Llama with scaled embeddings and normalizations whose weights are learned as differences from one.
enum Gemma {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 256000, features: 3072, inner: 24576, depth: 28, heads: 16, keyHeads: 16,
        width: 256, context: 8192, activation: "gelu_pytorch_tanh", isTied: true))
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
    stack.normKind = .rootMeanSquareFromOne
    stack.opening = scaled
    return stack
  }

  /// Multiplies the embeddings by the root of their width, which is a tensor.
  static func scaled(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.scoped("embed_tokens") { graph in
      let factor = graph.cast(graph.state("embed_scale", .float32, []), to: x.type.dataType)
      return graph.multiply(x, factor)
    }
  }
}

/// Gemma with a window in every other layer and normalizations also after the branches.
///
/// "Gemma 2", 2024. <https://arxiv.org/abs/2408.00118>
enum Gemma2 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 256000, features: 2304, inner: 9216, depth: 26, heads: 8, keyHeads: 4,
        width: 256, context: 8192, activation: "gelu_pytorch_tanh", isTied: true))
    return try stack(c, sizes, pattern: 2).blueprint
  }

  /// Gemma 2, in which every so many layers one sees everything.
  static func stack(
    _ c: Configuration, _ sizes: DecoderSizes, pattern: Int
  ) throws(ConfigurationError) -> LlamaStack {
    var stack = try Gemma.stack(c, sizes)
    stack.arrangement = .normalizedAround
    stack.names.beforeFeedForward = "pre_feedforward_layernorm"
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 4096)
    stack.windows = try c.windows(depth: sizes.depth, size: window) { ($0 + 1) % pattern != 0 }
    return stack
  }
}

/// Gemma 2 with normalizations before the branches only.
///
/// "VaultGemma: A Differentially Private Gemma Model", 2025. <https://arxiv.org/abs/2510.15001>
enum VaultGemma {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 256_000, features: 2304, inner: 9216, depth: 26, heads: 8, keyHeads: 4,
        width: 256, context: 8192, activation: "gelu_pytorch_tanh", isTied: true))
    var stack = try Gemma2.stack(c, sizes, pattern: 2)
    stack.arrangement = .normalizedFirst
    return stack.blueprint
  }
}

/// Gemma 2 with normalized queries and keys, and positions of their own for layers with a window.
///
/// "Gemma 3 Technical Report", 2025. <https://arxiv.org/abs/2503.19786>
enum Gemma3 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 262208, features: 2304, inner: 9216, depth: 26, heads: 8, keyHeads: 4,
        width: 256, context: 131072, activation: "gelu_pytorch_tanh", isTied: true))
    let pattern = try c.size("sliding_window_pattern", default: 6)
    var stack = try Gemma2.stack(c, sizes, pattern: pattern)
    stack.headNorm = .init(kind: .rootMeanSquareFromOne, epsilon: sizes.epsilon)
    if try c.flag("use_bidirectional_attention", default: false) {
      stack.windows = stack.windows.map { $0.map { $0 / 2 + 1 } }
    }
    try stack.useTablesByKind(of: c) { ($0 + 1) % pattern != 0 }
    return stack.blueprint
  }
}
