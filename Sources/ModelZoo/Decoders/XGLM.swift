// "Few-shot Learning with Multilingual Language Models", Lin et al., 2021.
// <https://arxiv.org/abs/2112.10668>

import ModelGraph

/// Sine tables of positions, layer normalization before the branches, biases everywhere.
enum XGLM {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 256_008, features: 1024, inner: 4096, depth: 24, heads: 16, context: 2048,
        epsilon: 1e-5, activation: "gelu", isTied: true))
    sizes.features = try c.size("d_model", "hidden_size", default: 1024)
    sizes.inner = try c.size("ffn_dim", default: 4096)
    sizes.depth = try c.depth("num_layers", "num_hidden_layers", default: 24)
    sizes.heads = try c.size("attention_heads", "num_attention_heads", default: 16)
    var stack = LlamaStack.fairseq(sizes)
    stack.dropout = try c.number("attention_dropout", default: 0.1)
    stack.residualDropout = try c.number("dropout", default: 0.1)
    try place(&stack)
    return stack.blueprint(attendsElsewhere: try c.flag("add_cross_attention", default: false))
  }

  /// Adds a vector for each place; the first two rows of the table are never used.
  private static func place(_ stack: inout LlamaStack) throws(ConfigurationError) {
    let (features, rows) = (stack.sizes.features, stack.sizes.context + 2)
    stack.opening = { x, graph in
      let scaled = graph.scale(x, by: Double(features).squareRoot())
      let table = graph.state("embed_positions.weights", .float32, [rows, features])
      let places = graph.rows(of: table, at: graph.positions(count: x.size(1)))
      return graph.add(scaled, graph.cast(places, to: x.type.dataType))
    }
  }
}
