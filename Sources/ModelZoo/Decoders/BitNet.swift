// "BitNet b1.58 2B4T Technical Report", Ma et al., 2025. <https://arxiv.org/abs/2504.12285>

import ModelGraph

/// Llama with normalizations before the last map of both branches.
enum BitNet {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 128_256, features: 2560, inner: 6912, depth: 30, heads: 20, keyHeads: 5,
        context: 2048, epsilon: 1e-5, activation: "relu2"))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    var norm = stack.norm
    stack.outputNorm = ("attn_sub_norm", norm)
    norm.features = sizes.inner
    var network = stack.gated(sizes.inner)
    network.norm = ("ffn_sub_norm", norm)
    stack.feedForward = { [network] _ in network }
    return stack.blueprint
  }
}
