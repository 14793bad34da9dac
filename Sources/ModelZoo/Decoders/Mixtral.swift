// "Mixtral of Experts", Jiang et al., 2024. <https://arxiv.org/abs/2401.04088>

import ModelGraph

/// Mistral with a mixture of experts for a network.
enum Mixtral {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32000, features: 4096, inner: 14336, depth: 32, heads: 32, keyHeads: 8,
        context: 131072, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.dropout = try c.number("attention_dropout", default: 0)
    let window = try c.size(ifAny: "sliding_window")
    stack.windows = try c.windows(depth: sizes.depth, size: window) { _ in true }
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: sizes.inner,
      routing: ExpertRouting(
        count: try c.size("num_local_experts", "num_experts", default: 8),
        used: try c.size("num_experts_per_tok", default: 2)))
    stack.use(mixture, where: { _ in true })
    stack.answeringStack = "model"
    return stack.blueprint
  }
}
