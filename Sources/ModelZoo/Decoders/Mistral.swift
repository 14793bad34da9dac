// "Mistral 7B", Jiang et al., 2023. <https://arxiv.org/abs/2310.06825>
// Ministral: <https://mistral.ai/news/ministraux>, 2024. Ministral 3: <https://arxiv.org/abs/2601.08584>

/// Llama with a window in every layer.
enum Mistral {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try stack(c, first, window: 4096)
    stack.answeringStack = "model"
    return stack.blueprint
  }

  /// Mistral some of whose layers see everything.
  static func alternating(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    try stack(c, first, window: 4096).blueprint
  }

  /// Mistral without windows, in its third generation of small models.
  static func third(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try stack(
      c,
      .init(
        vocabulary: 131_072, features: 4096, inner: 14336, depth: 34, heads: 32, keyHeads: 8,
        width: 128, context: 262_144, epsilon: 1e-5), window: nil)
    stack.answeringStack = "model"
    return stack.blueprint
  }

  private static let first = DecoderSizes.Defaults(
    vocabulary: 32000, features: 4096, inner: 14336, depth: 32, heads: 32, keyHeads: 8,
    context: 131072)

  private static func stack(
    _ c: Configuration, _ standard: DecoderSizes.Defaults, window: Int?
  ) throws(ConfigurationError) -> LlamaStack {
    let sizes = try DecoderSizes(c, standard)
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.dropout = try c.number("attention_dropout", default: 0)
    let size =
      c.isNull("sliding_window") ? nil : try c.size(ifAny: "sliding_window") ?? window
    stack.windows = try c.windows(depth: sizes.depth, size: size) { _ in true }
    return stack
  }
}
