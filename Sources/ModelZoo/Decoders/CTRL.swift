// "CTRL: A Conditional Transformer Language Model for Controllable Generation", Keskar et al., 2019.
// <https://arxiv.org/abs/1909.05858>

import ModelGraph

/// A decoder with sines for places, and one weight for words in and out.
enum CTRL {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 246_534, features: 1280, inner: 8192, depth: 48, heads: 16, context: 256,
        isTied: true))
    sizes.features = try c.size("n_embd", "hidden_size", default: 1280)
    sizes.inner = try c.size("dff", default: 8192)
    sizes.width = max(1, sizes.features / sizes.heads)
    sizes.keyHeads = sizes.heads
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = 0
    stack.decoderNames = .init(
      stack: "transformer", embedding: "w", layers: "h", norm: "layernorm")
    stack.names = .init(
      attention: "multi_head_attention", feedForward: "ffn", beforeAttention: "layernorm1",
      beforeFeedForward: "layernorm2")
    stack.attentionNames = .init(query: "Wq", key: "Wk", value: "Wv", output: "dense")
    stack.bias = true
    stack.outputBias = true
    stack.normKind = .layer(bias: true)
    stack.headBias = true
    stack.textHead = "classifier"
    stack.residualDropout = try c.number("resid_pdrop", default: 0.1)
    stack.stackState = [
      .init(name: "pos_encoding", .float32, [sizes.context, sizes.features])
    ]
    stack.opening = { [features = sizes.features] x, graph in
      graph.scale(x, by: Double(features).squareRoot())
    }
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: "relu", up: "0", down: "2")
    }
    return stack.blueprint
  }
}
