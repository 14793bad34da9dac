// "gpt-oss-120b & gpt-oss-20b Model Card", OpenAI, 2025. <https://arxiv.org/abs/2508.10925>

import ModelGraph

/// Mixtures of experts with biases, a window in every other layer, and a sink in every softmax.
enum GptOss {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 201088, features: 2880, inner: 2880, depth: 36, heads: 64, keyHeads: 8,
        width: 64, context: 131072, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width, rule: "yarn")
    stack.bias = try c.flag("attention_bias", default: true)
    stack.outputBias = stack.bias
    stack.hasSinks = true
    let window = c.isNull("sliding_window") ? nil : try c.size("sliding_window", default: 128)
    stack.windows = try c.windows(depth: sizes.depth, size: window) { $0 % 2 == 0 }
    var mixture = MixtureOfExperts(
      features: sizes.features, inner: sizes.inner,
      routing: ExpertRouting(
        count: try c.size("num_local_experts", "num_experts", default: 128),
        used: try c.size("num_experts_per_tok", "experts_per_token", default: 4)))
    mixture.router = "router"
    mixture.routerBias = true
    mixture.layout = .inputsFirst
    mixture.bias = true
    stack.use(mixture, where: { _ in true })
    return stack.blueprint
  }
}
