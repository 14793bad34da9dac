// "ERNIE 4.5 Technical Report", Baidu, 2025. <https://ernie.baidu.com/blog/publication/ERNIE_Technical_Report.pdf>

import ModelGraph

/// Llama with biases on request.
enum Ernie45 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 103_424, features: 1024, inner: 3072, depth: 18, heads: 16, keyHeads: 2,
        width: 128, context: 131_072, epsilon: 1e-5, isTied: true))
    return try stack(c, sizes).blueprint
  }

  /// Mixtures of experts in a range of layers, corrected by a tensor that no gradient reaches.
  static func mixture(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 103_424, features: 2560, inner: 12288, depth: 28, heads: 20, keyHeads: 4,
        context: 131_072, epsilon: 1e-5, isTied: true))
    var stack = try stack(c, sizes)
    stack.headBias = stack.bias
    let each = try c.size("moe_intermediate_size", default: 1536)
    let count = try c.size("moe_num_experts", "num_experts", default: 64)
    let always = try c.count("moe_num_shared_experts", default: 2)
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: each,
      routing: ExpertRouting(
        count: count, used: try c.size("moe_k", "num_experts_per_tok", default: 6)),
      correction: .init(
        name: "moe_statics.e_score_correction_bias", isParameter: true, shape: [1, count]),
      shared: always > 0 ? stack.gated(each * always) : nil, sharedName: "shared_experts")
    let interval = try c.size("moe_layer_interval", default: 1)
    let first = try c.count("moe_layer_start_index", default: 1)
    let last = try c.size("moe_layer_end_index", default: -1, in: -1...Configuration.maximumSize)
    stack.use(mixture) { index in
      (index + 1) % interval == 0 && index >= first && (last < 0 || index <= last)
    }
    return stack.blueprint
  }

  private static func stack(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> LlamaStack {
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("use_bias", default: false)
    stack.outputBias = stack.bias
    stack.feedForwardBias = stack.bias
    return stack
  }
}
