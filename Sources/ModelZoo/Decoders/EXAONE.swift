// "EXAONE 4.0", LG AI Research, 2025. <https://arxiv.org/abs/2507.11407>

import ByteFormats
import ModelGraph

/// Normalization after the branches, queries and keys normalized, a window in three of four layers.
enum EXAONE4 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 102_400, features: 4096, inner: 16384, depth: 32, heads: 32, keyHeads: 32,
        context: 2048, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.arrangement = .normalizedLast
    stack.headNorm = .init(kind: .rootMeanSquare, epsilon: sizes.epsilon)
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 4096)
    let every = try c.period("sliding_window_pattern", default: 4)
    stack.windows = try c.windows(depth: sizes.depth, size: window) { ($0 + 1) % every != 0 }
    return stack.blueprint
  }
}

extension Configuration {
  /// A period that may be written as a number or as one letter a layer, such as `LLLG`.
  func period(_ key: String, default standard: Int) throws(ConfigurationError) -> Int {
    if let letters = entry([key])?.value.string { return max(1, letters.utf8.count) }
    return max(1, try count(key, default: standard))
  }
}
