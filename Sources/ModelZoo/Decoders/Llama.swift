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

extension Architecture {
  static let llamas = [
    llama(
      "llama-3.2-1b", "Llama 3.2 1B",
      .init(
        vocabulary: 128_256, features: 2048, inner: 8192, depth: 16, heads: 32, keyHeads: 8,
        context: 131_072, epsilon: 1e-5, isTied: true))
  ]

  private static func llama(
    _ name: String, _ title: String, _ sizes: DecoderSizes.Defaults
  ) -> Architecture {
    let blueprint = LlamaStack(DecoderSizes(sizes)).blueprint.blueprint
    return Architecture(
      name, title, family: "Llama",
      paper: Paper(
        title: "The Llama 3 Herd of Models", authors: "Grattafiori et al.", year: 2024,
        url: "https://arxiv.org/abs/2407.21783"),
      input: blueprint.input, blueprint.network
    ).constructed(.llama)
  }
}
