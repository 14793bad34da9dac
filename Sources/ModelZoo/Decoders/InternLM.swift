// InternLM 3: <https://github.com/InternLM/InternLM>, Shanghai AI Laboratory, 2025.
// IQuest-Coder: <https://github.com/IQuestLab/IQuest-Coder-V1>, IQuest Lab, 2026.

import ModelGraph

/// Llama in which the bias of queries, keys and values has a name of its own.
enum InternLM3 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 128_512, features: 4096, inner: 10240, depth: 48, heads: 32, keyHeads: 2,
        width: 128, context: 32768, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", "qkv_bias", default: false)
    stack.outputBias = try c.flag("mlp_bias", "bias", default: false)
    stack.feedForwardBias = stack.outputBias
    stack.dropout = try c.number("attention_dropout", default: 0)
    return stack.blueprint
  }
}

/// Llama with other defaults.
enum IQuestCoder {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 76800, features: 5120, inner: 27648, depth: 80, heads: 40, keyHeads: 8,
        width: 128, context: 131_072, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    return stack.blueprint
  }
}
