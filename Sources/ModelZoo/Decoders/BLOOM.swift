// "BLOOM: A 176B-Parameter Open-Access Multilingual Language Model", 2022.
// <https://arxiv.org/abs/2211.05100>

import ModelGraph

/// Positions as a slope of the scores, and embeddings that are normalized.
enum BLOOM {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 250880, features: 64, inner: 256, depth: 2, heads: 8, context: 2048,
        epsilon: 1e-5, activation: "gelu_new", isTied: true))
    sizes.features = try c.size("hidden_size", "n_embed", default: 64)
    sizes.width = max(1, sizes.features / sizes.heads)
    sizes.inner = 4 * sizes.features
    sizes.keyHeads = sizes.heads
    sizes.activation = "gelu_new"
    sizes.epsilon = try c.number("layer_norm_epsilon", default: 1e-5)
    sizes.context = try c.size("seq_length", default: 2048)
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = 0
    stack.bias = true
    stack.outputBias = true
    stack.feedForwardBias = true
    stack.nameLikeBloom()
    stack.residualDropout = try c.number("hidden_dropout", default: 0)
    let norm = stack.norm
    stack.opening = { x, graph in norm.named("word_embeddings_layernorm")(x, in: &graph) }
    return stack.blueprint
  }
}
