// "Qwen3.5", Qwen Team, 2026. <https://huggingface.co/Qwen/Qwen3.5-27B>

import ModelGraph

/// Gated delta rules in three of four layers, attention with gated outputs in the rest.
enum Qwen35 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 248_320, features: 4096, inner: 12288, depth: 32, heads: 16, keyHeads: 4,
        width: 256, context: 32768))
    return try blueprint(stack(c, sizes), c)
  }

  /// The same with mixtures of experts in all layers.
  static func mixture(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 248_320, features: 2048, inner: 512, depth: 40, heads: 16, keyHeads: 2,
        width: 256, context: 32768))
    var stack = try stack(c, sizes)
    let shared = try c.size("shared_expert_intermediate_size", default: 512)
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: try c.size("moe_intermediate_size", default: 512),
      routing: ExpertRouting(
        count: try c.size("num_experts", "num_local_experts", default: 256),
        used: try c.size("num_experts_per_tok", default: 8)),
      shared: stack.gated(shared), hasSharedGate: true)
    stack.use(mixture, where: { _ in true })
    return try blueprint(stack, c)
  }

  private static func blueprint(
    _ stack: LlamaStack, _ c: Configuration
  ) throws(ConfigurationError) -> DecoderBlueprint {
    var delta = try GatedDeltaNet(c, features: stack.sizes.features)
    delta.maps = .joined
    return try Qwen3Next.blueprint(stack, delta, c)
  }

  private static func stack(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> LlamaStack {
    var stack = LlamaStack(sizes)
    stack.normKind = .rootMeanSquareFromOne
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor(default: 0.25)))
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.headNorm = .init(kind: .rootMeanSquareFromOne, epsilon: sizes.epsilon)
    stack.hasGatedOutput = true
    return stack
  }
}
