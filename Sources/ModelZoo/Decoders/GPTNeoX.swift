// "GPT-NeoX-20B: An Open-Source Autoregressive Language Model", Black et al., 2022.
// <https://arxiv.org/abs/2204.06745>

import ModelGraph

/// A packed map, a quarter of each head turned, attention and network side by side; Pythia is one.
enum GPTNeoX {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 50432, features: 6144, inner: 24576, depth: 44, heads: 64, context: 2048,
        epsilon: 1e-5, activation: "gelu"))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor("rotary_pct", default: 0.25)))
    stack.decoderNames = .init(
      stack: "gpt_neox", embedding: "embed_in", layers: "layers", norm: "final_layer_norm")
    stack.names.attention = "attention"
    stack.packedAttention = "query_key_value"
    stack.attentionNames.output = "dense"
    stack.bias = try c.flag("attention_bias", default: true)
    stack.outputBias = stack.bias
    stack.normKind = .layer(bias: true)
    stack.tokenHead = "classifier"
    stack.residualDropout = try c.number("hidden_dropout", default: 0)
    if try c.flag("use_parallel_residual", default: true) {
      stack.arrangement = .parallel(normalizations: 2)
    }
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation,
        up: "dense_h_to_4h", down: "dense_4h_to_h")
    }
    return stack.blueprint
  }
}
