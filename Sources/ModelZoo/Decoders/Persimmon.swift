// "Releasing Persimmon-8B", Adept, 2023. <https://www.adept.ai/blog/persimmon-8b>

import ModelGraph

/// One packed map, half of each head turned, normalized queries and keys, squared rectifiers.
enum Persimmon {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 262_144, features: 4096, inner: 16384, depth: 36, heads: 64, context: 16384,
        epsilon: 1e-5, activation: "relu2"))
    sizes.width = max(1, sizes.features / sizes.heads)
    sizes.keyHeads = sizes.heads
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor(default: 0.5)))
    stack.bias = true
    stack.outputBias = true
    stack.packedAttention = "query_key_value"
    stack.attentionNames.output = "dense"
    stack.normKind = .layer(bias: true)
    stack.decoderNames.norm = "final_layernorm"
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.residualDropout = try c.number("hidden_dropout", default: 0)
    if try c.flag("qk_layernorm", default: true) {
      stack.headNorm = .init(
        kind: .layer(bias: true), epsilon: sizes.epsilon, queryName: "q_layernorm",
        keyName: "k_layernorm")
    }
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation,
        up: "dense_h_to_4h", down: "dense_4h_to_h")
    }
    return stack.blueprint
  }
}
