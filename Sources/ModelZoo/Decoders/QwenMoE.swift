// "Qwen2 Technical Report", Yang et al., 2024. <https://arxiv.org/abs/2407.10671>
// "Qwen3 Technical Report", Yang et al., 2025. <https://arxiv.org/abs/2505.09388>

import ModelGraph

/// Qwen2 with mixtures of small experts beside one that every token goes through.
enum Qwen2MoE {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 151936, features: 2048, inner: 5632, depth: 24, heads: 16, keyHeads: 16,
        context: 32768))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("qkv_bias", default: true)
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.windows = try windows(c, depth: sizes.depth)
    let shared = try c.size("shared_expert_intermediate_size", default: 5632)
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: try c.size("moe_intermediate_size", default: 1408),
      routing: ExpertRouting(
        count: try c.count("num_experts", default: 60),
        used: try c.size("num_experts_per_tok", default: 4)),
      shared: stack.gated(shared), hasSharedGate: true)
    stack.use(mixture, where: try c.sparseLayers(of: mixture))
    stack.answeringStack = "model"
    return stack.blueprint
  }

  private static func windows(
    _ c: Configuration, depth: Int
  ) throws(ConfigurationError) -> [Int?] {
    let isUsed = try c.flag("use_sliding_window", default: false)
    let window = c.isNull("sliding_window") ? nil : try c.count("sliding_window", default: 4096)
    let last = try c.count("max_window_layers", default: 28)
    return try c.windows(depth: depth, size: isUsed ? window : nil) { $0 % 2 == 0 && $0 < last }
  }
}

/// Qwen3 with mixtures of experts.
enum Qwen3MoE {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 151936, features: 2048, inner: 6144, depth: 24, heads: 32, keyHeads: 4,
        context: 32768))
    var stack = try Qwen3.stack(c, sizes)
    let isUsed = try c.flag("use_sliding_window", default: false)
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 4096)
    stack.windows = try c.windows(depth: sizes.depth, size: isUsed ? window : nil) { _ in true }
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: try c.size("moe_intermediate_size", default: 768),
      routing: ExpertRouting(
        count: try c.count("num_experts", "num_local_experts", default: 128),
        used: try c.size("num_experts_per_tok", default: 8)))
    stack.use(mixture, where: try c.sparseLayers(of: mixture))
    return stack.blueprint
  }
}

extension Configuration {
  /// The layers that have experts: every `decoder_sparse_step`-th one, some named ones left out.
  func sparseLayers(
    of mixture: MixtureOfExperts
  ) throws(ConfigurationError) -> @Sendable (Int) -> Bool {
    let step = try size("decoder_sparse_step", default: 1)
    let dense = Set(try sizes("mlp_only_layers") ?? [])
    let hasExperts = mixture.routing.count > 0
    return { hasExperts && !dense.contains($0) && ($0 + 1) % step == 0 }
  }
}
