// "GPT-NeoX-Japanese", ABEJA, 2022. <https://github.com/EleutherAI/gpt-neox>

import ModelGraph

/// GPT-NeoX without biases but one, after the attention of the last layer.
enum GPTNeoXJapanese {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32000, features: 2560, inner: 10240, depth: 32, heads: 32, context: 2048,
        epsilon: 1e-5, activation: "gelu", isTied: true))
    let factor = try c.number("intermediate_multiple_size", default: 4)
    guard 0...1024 ~= factor else {
      throw .contradiction("intermediate_multiple_size must be from 0 to 1024, found \(factor)")
    }
    sizes.inner = max(1, Int(factor * Double(sizes.features)))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor("rotary_pct")))
    stack.decoderNames = .init(
      stack: "gpt_neox_japanese", embedding: "embed_in", layers: "layers",
      norm: "final_layer_norm", head: "embed_out")
    stack.names.attention = "attention"
    stack.packedAttention = "query_key_value"
    stack.attentionNames.output = "dense"
    stack.normKind = .layer(bias: true)
    stack.dropout = try c.number("attention_dropout", default: 0.1)
    stack.residualDropout = try c.number("hidden_dropout", default: 0)
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation, bias: false,
        up: "dense_h_to_4h", down: "dense_4h_to_h")
    }
    let base = stack
    var blueprint = stack.blueprint
    blueprint.decoder.block = { index, tables in
      var block = base.block(index, tables.first)
      guard index == base.sizes.depth - 1 else { return block }
      block.attention = Biased(
        layer: base.attention(tables.first), features: base.sizes.features)
      return block
    }
    return blueprint
  }

  /// Attention with a bias after it.
  struct Biased: Layer {
    var layer: GroupedAttention
    var features: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let y = layer(x, in: &graph)
      return graph.add(y, graph.parameter("dense_bias", [features]))
    }
  }
}
