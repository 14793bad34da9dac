// "Trinity", Arcee AI, 2025. <https://www.arcee.ai/blog/the-trinity-manifesto>

import ModelGraph

/// Experts after the first layers, gated attention, positions only in layers with a window.
enum AFMoE {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 200_192, features: 2048, inner: 6144, depth: 32, heads: 16, width: 128,
        context: 16384, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.outputGate = "gate_proj"
    stack.headNorm = .init(kind: .rootMeanSquare, epsilon: sizes.epsilon)
    stack.arrangement = .normalizedAround
    stack.names.beforeFeedForward = "pre_mlp_layernorm"
    stack.names.afterFeedForward = "post_mlp_layernorm"
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 1024)
    let every = try c.size("global_attn_every_n_layers", default: 4)
    stack.windows = try c.windows(depth: sizes.depth, size: window) { ($0 + 1) % every != 0 }
    let first = try c.count("num_dense_layers", default: 1)
    stack.use(try mixture(c, stack), where: { $0 >= first })
    return stack.blueprint
  }

  private static func mixture(
    _ c: Configuration, _ stack: LlamaStack
  ) throws(ConfigurationError) -> MixtureOfExperts {
    let count = try c.size("num_experts", default: 64)
    let inner = try c.size("moe_intermediate_size", default: 1408)
    let shared = try c.count("num_shared_experts", default: 2)
    return MixtureOfExperts(
      features: stack.sizes.features, inner: inner,
      routing: ExpertRouting(
        count: count, used: try c.size("num_experts_per_tok", default: 6)),
      router: "router.gate",
      correction: .init(name: "expert_bias", isParameter: true, isOutside: true, shape: [count]),
      shared: stack.gated(shared * inner), sharedName: "shared_experts")
  }
}
