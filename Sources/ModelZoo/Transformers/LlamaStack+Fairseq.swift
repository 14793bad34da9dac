extension LlamaStack {
  /// A decoder as fairseq builds it: layer normalization before the branches, biases everywhere, a plain network.
  static func fairseq(_ given: DecoderSizes) -> LlamaStack {
    var sizes = given
    sizes.keyHeads = sizes.heads
    sizes.width = max(1, sizes.features / sizes.heads)
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = 0
    stack.bias = true
    stack.outputBias = true
    stack.attentionNames.output = "out_proj"
    stack.normKind = .layer(bias: true)
    stack.decoderNames.norm = "layer_norm"
    stack.names = .init(
      attention: "self_attn", feedForward: "", beforeAttention: "self_attn_layer_norm",
      beforeFeedForward: "final_layer_norm")
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation)
    }
    return stack
  }
}
