// "Introducing MPT-7B", MosaicML, 2023. <https://www.databricks.com/blog/mpt-7b>

import ModelGraph

/// Positions as a slope of the scores, and no bias anywhere.
enum MPT {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 50368, features: 2048, inner: 8192, depth: 24, heads: 16, context: 2048,
        epsilon: 1e-5, activation: "gelu", isTied: true))
    sizes.features = try c.size("d_model", "hidden_size", default: 2048)
    sizes.depth = try c.depth("n_layers", "num_hidden_layers", default: 24)
    sizes.heads = try c.size("n_heads", "num_attention_heads", default: 16)
    sizes.width = max(1, sizes.features / sizes.heads)
    sizes.keyHeads = sizes.heads
    sizes.inner = 4 * sizes.features
    sizes.epsilon = try c.number("layer_norm_epsilon", default: 1e-5)
    sizes.context = try c.size("max_seq_len", default: 2048)
    var stack = LlamaStack(sizes)
    stack.decoderNames = .init(
      stack: "transformer", embedding: "wte", layers: "blocks", norm: "norm_f")
    stack.names = .init(
      attention: "attn", feedForward: "ffn", beforeAttention: "norm_1",
      beforeFeedForward: "norm_2")
    stack.packedAttention = "Wqkv"
    stack.attentionNames.output = "out_proj"
    stack.normKind = .layer(bias: false)
    stack.rotaryWidth = 0
    stack.tokenHead = "classifier"
    stack.residualDropout = try c.number("resid_pdrop", default: 0)
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: "gelu", bias: false,
        up: "up_proj", down: "down_proj")
    }
    return stack.blueprint
  }
}
