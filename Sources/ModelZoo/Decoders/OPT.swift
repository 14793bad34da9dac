// "OPT: Open Pre-trained Transformer Language Models", Zhang et al., 2022.
// <https://arxiv.org/abs/2205.01068>

import ModelGraph

/// Learned positions, and embeddings that may be narrower than the stack.
enum OPT {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 50272, features: 768, inner: 3072, depth: 12, heads: 12, context: 2048,
        epsilon: 1e-5, activation: "relu", isTied: true))
    sizes.inner = try c.size("ffn_dim", default: 3072)
    let bias = try c.flag("enable_bias", default: true)
    let isNormalizedFirst = try c.flag("do_layer_norm_before", default: true)
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = 0
    stack.decoderNames = .init(
      stack: "model.decoder", embedding: "embed_tokens", layers: "layers", norm: "final_layer_norm")
    stack.bareStack = "decoder"
    stack.names = .init(
      attention: "self_attn", feedForward: "", beforeAttention: "self_attn_layer_norm",
      beforeFeedForward: "final_layer_norm", afterAttention: "self_attn_layer_norm",
      afterFeedForward: "final_layer_norm")
    stack.attentionNames.output = "out_proj"
    stack.bias = bias
    stack.outputBias = bias
    let isLearned = try c.flag("layer_norm_elementwise_affine", default: true)
    stack.normKind = isLearned ? .layer(bias: true) : .layerUnlearned
    stack.arrangement = isNormalizedFirst ? .normalizedFirst : .sumNormalized
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.residualDropout = try c.number("dropout", default: 0.1)
    let isRemoved = try c.flag("_remove_final_layer_norm", default: false)
    stack.hasFinalNorm = isNormalizedFirst && !isRemoved
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation, bias: bias)
    }
    try place(&stack, c)
    return stack.blueprint
  }

  /// Maps between the embeddings' width and the stack's, and adds a vector for each place.
  private static func place(
    _ stack: inout LlamaStack, _ c: Configuration
  ) throws(ConfigurationError) {
    let (features, context) = (stack.sizes.features, stack.sizes.context)
    let narrow = try c.size("word_embed_proj_dim", default: features)
    stack.embeddingFeatures = narrow
    stack.opening = { x, graph in
      let wide =
        narrow == features
        ? x : Linear(narrow, features, bias: false).named("project_in")(x, in: &graph)
      // The first two rows of the table are never used.
      let places = graph.scoped("embed_positions") { graph in
        Embedding(context + 2, features)(graph.positions(count: x.size(1)), in: &graph)
      }
      return graph.add(wide, places)
    }
    if narrow != features {
      stack.closing = { x, graph in
        Linear(features, narrow, bias: false).named("project_out")(x, in: &graph)
      }
    }
  }
}
