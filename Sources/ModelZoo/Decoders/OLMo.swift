// "OLMo: Accelerating the Science of Language Models", Groeneveld et al., 2024.
// <https://arxiv.org/abs/2402.00838>
// "2 OLMo 2 Furious", 2025. <https://arxiv.org/abs/2501.00656>
// "OLMoE", Muennighoff et al., 2024. <https://arxiv.org/abs/2409.02060>
// "FlexOlmo", Shi et al., 2025. <https://arxiv.org/abs/2507.07024>

import ModelGraph

/// Llama with layer normalization that learns nothing.
enum OLMo {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try stack(c)
    stack.normKind = .layerUnlearned
    return stack.blueprint
  }

  static let first = DecoderSizes.Defaults(
    vocabulary: 50304, features: 4096, inner: 11008, depth: 32, heads: 32, context: 2048,
    epsilon: 1e-5)

  /// Llama with this family's defaults.
  fileprivate static func stack(
    _ c: Configuration, _ standard: DecoderSizes.Defaults = first
  ) throws(ConfigurationError) -> LlamaStack {
    let sizes = try DecoderSizes(c, standard)
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    return stack
  }
}

/// Normalization after the branches, queries and keys normalized as whole vectors.
enum OLMo2 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    try stack(c).blueprint
  }

  static func stack(
    _ c: Configuration, _ standard: DecoderSizes.Defaults = OLMo.first
  ) throws(ConfigurationError) -> LlamaStack {
    var stack = try OLMo.stack(c, standard)
    stack.arrangement = .normalizedLast
    stack.headNorm = .init(kind: .rootMeanSquare, epsilon: stack.sizes.epsilon, span: .allHeads)
    return stack
  }
}

/// OLMo 2 with a window in three of four layers.
enum OLMo3 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try OLMo2.stack(c)
    let sizes = stack.sizes
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 4096)
    stack.windows = try c.windows(depth: sizes.depth, size: window) { ($0 + 1) % 4 != 0 }
    try stack.useTablesByKind(of: c) { ($0 + 1) % 4 != 0 }
    return stack.blueprint
  }
}

/// Mixtures of small experts, queries and keys normalized as whole vectors.
enum OLMoE {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    try stack(
      c,
      .init(
        vocabulary: 50304, features: 2048, inner: 2048, depth: 16, heads: 16, context: 4096,
        epsilon: 1e-5), experts: 64, used: 8
    ).blueprint
  }

  fileprivate static func stack(
    _ c: Configuration, _ standard: DecoderSizes.Defaults, experts: Int, used: Int
  ) throws(ConfigurationError) -> LlamaStack {
    let sizes = try DecoderSizes(c, standard)
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.headNorm = .init(kind: .rootMeanSquare, epsilon: sizes.epsilon, span: .allHeads)
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: sizes.inner,
      routing: ExpertRouting(
        count: try c.size("num_experts", "num_local_experts", default: experts),
        used: try c.size("num_experts_per_tok", default: used)))
    stack.use(mixture, where: { _ in true })
    return stack
  }
}

/// Experts that were trained apart, normalized after the branches.
enum FlexOLMo {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try OLMoE.stack(
      c,
      .init(
        vocabulary: 100_352, features: 4096, inner: 11008, depth: 32, heads: 32, context: 4096),
      experts: 7, used: 5)
    stack.arrangement = .normalizedLast
    return stack.blueprint
  }
}
