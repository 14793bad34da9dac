// "The Falcon Series of Open Language Models", Almazrouei et al., 2023.
// <https://arxiv.org/abs/2311.16867>

import ModelGraph

/// One packed map, often one key head for all queries, attention and network often side by side.
enum Falcon {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 65024, features: 4544, inner: 4 * 4544, depth: 32, heads: 71, context: 2048,
        epsilon: 1e-5, activation: "gelu", isTied: true))
    sizes.features = try c.size("hidden_size", "n_embed", default: 4544)
    sizes.width = max(1, sizes.features / sizes.heads)
    sizes.inner = try c.size("ffn_hidden_size", default: 4 * sizes.features)
    sizes.activation = try c.text("activation", default: "gelu")
    sizes.epsilon = try c.number("layer_norm_epsilon", default: 1e-5)
    let isNew = try c.flag("new_decoder_architecture", default: false)
    let isMulti = try c.flag("multi_query", default: true)
    let groups = try c.size("num_kv_heads", default: sizes.heads)
    sizes.keyHeads = isNew ? groups : isMulti ? 1 : sizes.heads
    var stack = LlamaStack(sizes)
    stack.bias = try c.flag("bias", default: false)
    stack.outputBias = stack.bias
    stack.feedForwardBias = stack.bias
    stack.nameLikeBloom()
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.residualDropout = try c.number("hidden_dropout", default: 0)
    try arrange(&stack, c, isNew: isNew)
    stack.turnsHeads = !(try c.flag("alibi", default: false))
    var blueprint = stack.blueprint
    // Groups are repeated for every query head before they are kept.
    let kept = isNew ? sizes.heads : sizes.keyHeads
    blueprint.cache = Array(
      repeating: .attention(heads: kept, width: sizes.width), count: sizes.depth)
    return blueprint
  }

  private static func arrange(
    _ stack: inout LlamaStack, _ c: Configuration, isNew: Bool
  ) throws(ConfigurationError) {
    guard try c.flag("parallel_attn", default: true) else { return }
    let count = try c.size("num_ln_in_parallel_attn", default: isNew ? 2 : 1)
    stack.arrangement = .parallel(normalizations: count == 2 ? 2 : 1)
    guard count == 2 else { return }
    stack.names.beforeAttention = "ln_attn"
    stack.names.beforeFeedForward = "ln_mlp"
  }
}

extension LlamaStack {
  /// The names that BLOOM brought and Falcon kept.
  mutating func nameLikeBloom() {
    decoderNames = .init(
      stack: "transformer", embedding: "word_embeddings", layers: "h", norm: "ln_f")
    names.attention = "self_attention"
    packedAttention = "query_key_value"
    attentionNames.output = "dense"
    normKind = .layer(bias: true)
    tokenHead = "classifier"
    let (sizes, bias) = (sizes, feedForwardBias)
    feedForward = { _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation, bias: bias,
        up: "dense_h_to_4h", down: "dense_4h_to_h")
    }
  }
}
