// "EXAONE 4.0", LG AI Research, 2025. <https://arxiv.org/abs/2507.11407>

import ByteFormats
import ModelGraph

/// Normalization after the branches, queries and keys normalized, a window in three of four layers.
enum EXAONE4 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    try stack(c).blueprint
  }

  fileprivate static func stack(_ c: Configuration) throws(ConfigurationError) -> LlamaStack {
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
    return stack
  }
}

/// EXAONE 4 with mixtures of experts after the first layers, normalized before the branches.
///
/// K-EXAONE: <https://arxiv.org/abs/2601.01739>, LG AI Research, 2026.
enum EXAONEMoE {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try EXAONE4.stack(c)
    stack.arrangement = .normalizedFirst
    let sizes = stack.sizes
    let count = try c.size("num_experts", default: 64)
    let inner = try c.size("moe_intermediate_size", default: 1024)
    let shared = try c.count("num_shared_experts", default: 1)
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: inner,
      routing: ExpertRouting(
        count: count, used: try c.size("num_experts_per_tok", default: 8)),
      correction: .init(name: "e_score_correction_bias", shape: [count]),
      shared: stack.gated(shared * inner), sharedName: "shared_experts")
    let first = try c.count("first_k_dense_replace", default: 1)
    let types = try c.layerTypes("mlp_layer_types", depth: sizes.depth)
    stack.use(mixture) { index in types.map { $0[index] == "sparse" } ?? (index >= first) }
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
