// "Textbooks Are All You Need II: phi-1.5 technical report", Li et al., 2023.
// <https://arxiv.org/abs/2309.05463>
// "Phi-3 Technical Report", Abdin et al., 2024. <https://arxiv.org/abs/2404.14219>

import ModelGraph

/// Attention and network side by side after one layer normalization, half of each head turned.
enum Phi {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 51200, features: 2048, inner: 8192, depth: 24, heads: 32, context: 2048,
        epsilon: 1e-5, activation: "gelu_new"))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor(default: 0.5)))
    stack.bias = true
    stack.outputBias = true
    stack.normKind = .layer(bias: true)
    stack.arrangement = .parallel(normalizations: 1)
    stack.attentionNames.output = "dense"
    stack.decoderNames.norm = "final_layernorm"
    stack.headBias = true
    stack.residualDropout = try c.number("resid_pdrop", default: 0)
    let embeddingDropout = try c.number("embd_pdrop", default: 0)
    stack.opening = { x, graph in Dropout(embeddingDropout).named("embed_dropout")(x, in: &graph) }
    if try c.flag("qk_layernorm", default: false) {
      stack.headNorm = .init(
        kind: .layer(bias: true), epsilon: sizes.epsilon, queryName: "q_layernorm",
        keyName: "k_layernorm")
    }
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(features: sizes.features, inner: sizes.inner, activation: sizes.activation)
    }
    return stack.blueprint
  }
}

/// Llama with packed maps.
enum Phi3 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32064, features: 3072, inner: 8192, depth: 32, heads: 32, context: 4096,
        epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor()))
    stack.packedAttention = "qkv_proj"
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.residualDropout = try c.number("resid_pdrop", default: 0)
    let window = try c.size(ifAny: "sliding_window")
    stack.windows = try c.windows(depth: sizes.depth, size: window) { _ in true }
    var network = stack.gated(sizes.inner)
    network.packed = "gate_up_proj"
    stack.feedForward = { [network] _ in network }
    return stack.blueprint
  }
}

/// Llama with layer normalization and mixtures of experts.
///
/// "Phi-3 Technical Report", Abdin et al., 2024. <https://arxiv.org/abs/2404.14219>
enum PhiMoE {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32064, features: 4096, inner: 6400, depth: 32, heads: 32, keyHeads: 8,
        context: 131_072, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.normKind = .layer(bias: true)
    stack.headBias = try c.flag("lm_head_bias", default: false)
    let window = try c.size(ifAny: "sliding_window")
    stack.windows = try c.windows(depth: sizes.depth, size: window) { _ in true }
    var mixture = MixtureOfExperts(
      features: sizes.features, inner: sizes.inner,
      routing: ExpertRouting(
        count: try c.size("num_local_experts", "num_experts", default: 16),
        used: try c.size("num_experts_per_tok", default: 2)))
    mixture.router = "router"
    stack.use(mixture, where: { _ in true })
    return stack.blueprint
  }
}
