// "Solar Open Technical Report", Upstage, 2026. <https://huggingface.co/upstage/Solar-Open-100B>

import ModelGraph

/// GLM 4.5 with experts in every layer, whole heads turned.
enum SolarOpen {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 196_608, features: 4096, inner: 10944, depth: 48, heads: 64, keyHeads: 8,
        width: 128, context: 131_072, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor()))
    stack.bias = try c.flag("attention_bias", default: false)
    stack.dropout = try c.number("attention_dropout", default: 0)
    let mixture = try DeepSeekV3.mixture(c, sizes, routed: 128, shared: 1, used: 8, inner: 1280)
    stack.use(mixture, where: { _ in true })
    return stack.blueprint
  }
}
