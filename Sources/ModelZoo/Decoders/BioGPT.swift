// "BioGPT: Generative Pre-trained Transformer for Biomedical Text Generation and Mining", Luo et al.,
// 2022. <https://arxiv.org/abs/2210.10341>

import ModelGraph

/// Learned positions, layer normalization before the branches, biases everywhere.
enum BioGPT {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 42384, features: 1024, inner: 4096, depth: 24, heads: 16, context: 1024,
        epsilon: 1e-5, activation: "gelu", isTied: true))
    var stack = LlamaStack.fairseq(sizes)
    stack.decoderNames = .init(
      stack: "biogpt", embedding: "embed_tokens", layers: "layers", norm: "layer_norm",
      head: "output_projection")
    stack.tokenHead = "classifier"
    stack.dropout = try c.number("attention_probs_dropout_prob", default: 0.1)
    stack.residualDropout = try c.number("hidden_dropout_prob", default: 0.1)
    place(&stack)
    return stack.blueprint
  }

  /// Adds a vector for each place; the first two rows of the table are never used.
  private static func place(_ stack: inout LlamaStack) {
    let (features, context) = (stack.sizes.features, stack.sizes.context)
    stack.opening = { x, graph in
      graph.require(
        x.size(1) <= context, "positions are learned up to \(context), not \(x.size(1))")
      let scaled = graph.scale(x, by: Double(features).squareRoot())
      let places = Embedding(context + 2, features).named("embed_positions")(
        graph.positions(count: x.size(1)), in: &graph)
      return graph.add(scaled, places)
    }
  }
}
