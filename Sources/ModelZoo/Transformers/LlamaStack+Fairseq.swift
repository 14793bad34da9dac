import ModelGraph

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

  /// The decoder, whose blocks could also attend to another sequence if they are to.
  func blueprint(attendsElsewhere: Bool) -> DecoderBlueprint {
    var blueprint = blueprint
    guard attendsElsewhere else { return blueprint }
    var attention = attention(nil)
    attention.outputNorm = nil
    let block = blueprint.decoder.block
    blueprint.decoder.block = { [attention, norm] index, tables in
      IdleCrossAttention(block: block(index, tables), attention: attention, norm: norm)
    }
    return blueprint
  }
}

/// A block that could also attend to another sequence, which nothing gives.
private struct IdleCrossAttention: Layer {
  var block: any Layer
  var attention: GroupedAttention
  var norm: FeatureNormalization

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.parametersOnly { graph in
      attention.named("encoder_attn")(
        norm.named("encoder_attn_layer_norm")(x, in: &graph), in: &graph)
    }
    return block(x, in: &graph)
  }
}
