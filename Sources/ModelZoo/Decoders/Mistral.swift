// "Mistral 7B", Jiang et al., 2023. <https://arxiv.org/abs/2310.06825>

/// Llama with a window in every layer.
enum Mistral {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32000, features: 4096, inner: 14336, depth: 32, heads: 32, keyHeads: 8,
        context: 131072))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.dropout = try c.number("attention_dropout", default: 0)
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 4096)
    stack.windows = try c.windows(depth: sizes.depth, size: window) { _ in true }
    stack.answeringStack = "model"
    return stack.blueprint
  }
}
