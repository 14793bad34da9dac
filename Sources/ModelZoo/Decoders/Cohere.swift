// "Command R", Cohere, 2024. <https://docs.cohere.com/docs/command-r>

import ModelGraph

/// Attention and network side by side after one layer normalization without a bias.
enum Cohere {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try stack(c)
    if try c.flag("use_qk_norm", default: false) {
      stack.headNorm = .init(
        kind: .layerWrittenOut, epsilon: stack.sizes.epsilon, span: .headsApart)
    }
    return stack.blueprint
  }

  fileprivate static let first = DecoderSizes.Defaults(
    vocabulary: 256000, features: 8192, inner: 22528, depth: 40, heads: 64, context: 8192,
    epsilon: 1e-5, isTied: true)

  fileprivate static func stack(
    _ c: Configuration, _ standard: DecoderSizes.Defaults = first
  ) throws(ConfigurationError) -> LlamaStack {
    let sizes = try DecoderSizes(c, standard)
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.normKind = .layerWrittenOut
    stack.arrangement = .parallel(normalizations: 1)
    stack.dropout = try c.number("attention_dropout", default: 0)
    return stack
  }
}

/// Cohere with a window in three of four layers.
enum Cohere2 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try Cohere.stack(c)
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 4096)
    let pattern = try c.size("sliding_window_pattern", default: 4)
    stack.windows = try c.windows(depth: stack.sizes.depth, size: window) {
      ($0 + 1) % pattern != 0
    }
    return stack.blueprint
  }
}

/// Cohere 2 with mixtures of experts after the first layers.
enum Cohere2MoE {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var standard = Cohere.first
    standard.width = 128
    var stack = try Cohere.stack(c, standard)
    if c.has("rms_norm_eps") { stack.normKind = .rootMeanSquare }
    let dense = try c.count("first_k_dense_replace", default: 0)
    try setWindows(of: &stack, c, dense: dense)
    let sizes = stack.sizes
    let shared = try c.count("num_shared_experts", default: 0)
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: sizes.inner,
      routing: ExpertRouting(
        count: try c.size("num_experts", default: 8),
        used: try c.size("num_experts_per_tok", default: 2)),
      shared: shared > 0 ? stack.gated(shared * sizes.inner) : nil, sharedName: "shared_experts")
    let network = stack.gated(try c.size("prefix_dense_intermediate_size", default: sizes.inner))
    let types = try c.layerTypes("mlp_layer_types", depth: sizes.depth)
    stack.experts = mixture.routing
    stack.feedForward = { index -> any Layer in
      let isDense = types.map { $0[index] == "dense" } ?? (index < dense)
      if isDense { return network }
      return mixture
    }
    return stack.blueprint
  }

  private static func setWindows(
    of stack: inout LlamaStack, _ c: Configuration, dense: Int
  ) throws(ConfigurationError) {
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 4096)
    let first = try c.size("prefix_dense_sliding_window_pattern", default: 1)
    let pattern = try c.size("sliding_window_pattern", default: 4)
    stack.windows = try c.windows(depth: stack.sizes.depth, size: window) { index in
      index < dense ? (index + 1) % first != 0 : (index - dense + 1) % pattern != 0
    }
  }
}
