// "Mellum", JetBrains, 2026. <https://huggingface.co/JetBrains>

import ModelGraph

/// Qwen3's mixtures of experts, with windows in the layers that ask for one.
enum Mellum {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 98304, features: 2304, inner: 7168, depth: 28, heads: 32, keyHeads: 4,
        width: 128, context: 131_072))
    var stack = LlamaStack(sizes)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.headNorm = .init(kind: .rootMeanSquare, epsilon: sizes.epsilon)
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 1024)
    stack.windows = try c.windows(depth: sizes.depth, size: window) { _ in false }
    try stack.useTablesByKind(of: c) { _ in false }
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: try c.size("moe_intermediate_size", default: 896),
      routing: ExpertRouting(
        count: try c.size("num_experts", default: 64),
        used: try c.size("num_experts_per_tok", default: 8)))
    let kinds = try c.layerTypes("mlp_layer_types", depth: sizes.depth)
    stack.use(mixture) { index in kinds.map { $0[index] == "sparse" } ?? true }
    return stack.blueprint
  }
}
