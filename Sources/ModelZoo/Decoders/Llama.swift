// "LLaMA: Open and Efficient Foundation Language Models", Touvron et al., 2023.
// <https://arxiv.org/abs/2302.13971>

import ModelGraph

/// A decoder with rotary positions, root-mean-square normalization and a gated network, as Hugging
/// Face's `LlamaForCausalLM` runs it; many later families differ in a detail or two.
enum Llama {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32000, features: 4096, inner: 11008, depth: 32, heads: 32, context: 2048))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    stack.dropout = try c.number("attention_dropout", default: 0)
    return stack.blueprint
  }
}
