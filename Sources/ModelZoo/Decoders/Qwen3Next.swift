// "Qwen3-Next", Qwen Team, 2025. <https://qwen.ai/blog?id=4074cca80393150c248e508aa62983f9cb7d27cd>

import ModelGraph

/// Gated delta rules in three of four layers, attention with gated outputs in the rest, and mixtures
/// of very many experts.
enum Qwen3Next {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 151936, features: 2048, inner: 5632, depth: 48, heads: 16, keyHeads: 2,
        width: 256, context: 32768))
    var stack = LlamaStack(sizes)
    stack.normKind = .rootMeanSquareFromOne
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor(default: 0.25)))
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.headNorm = .init(kind: .rootMeanSquareFromOne, epsilon: sizes.epsilon)
    stack.hasGatedOutput = true
    let shared = try c.size("shared_expert_intermediate_size", default: 512)
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: try c.size("moe_intermediate_size", default: 512),
      routing: ExpertRouting(
        count: try c.count("num_experts", "num_local_experts", default: 512),
        used: try c.size("num_experts_per_tok", default: 10)),
      shared: stack.gated(shared), hasSharedGate: true)
    stack.use(mixture, where: try c.sparseLayers(of: mixture))
    return try blueprint(stack, try GatedDeltaNet(c, features: sizes.features), c)
  }

  /// A stack in which all layers but every fourth have the delta rule in the place of attention, if nothing says else.
  static func blueprint(
    _ stack: LlamaStack, _ delta: GatedDeltaNet, _ c: Configuration
  ) throws(ConfigurationError) -> DecoderBlueprint {
    let depth = stack.sizes.depth
    let every = try c.size("full_attention_interval", default: 4)
    let types = try c.layerTypes(depth: depth)
    return stack.blueprint(
      with: delta,
      where: types?.map { $0 == "linear_attention" } ?? (0..<depth).map { ($0 + 1) % every != 0 })
  }
}
