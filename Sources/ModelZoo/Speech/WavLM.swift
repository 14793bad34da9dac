// "WavLM: Large-Scale Self-Supervised Pre-Training for Full Stack Speech Processing", Chen et al., 2022.
// <https://arxiv.org/abs/2110.13900>

import ModelGraph

/// wav2vec 2.0 whose layers share a number for each distance, which every frame weighs anew.
enum WavLM {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try SpeechSizes(c)
    let positions = RelativePositions(
      buckets: try c.size("num_buckets", default: 320), heads: sizes.heads)
    var parts = SpeechStack.Parts()
    parts.shared = { x, graph in
      graph.scoped("attention") { graph in
        positions.table(
          queries: x.size(1), keys: x.size(1), named: "rel_attn_embed", in: &graph)
      }
    }
    parts.attention = { sizes, _, shared in GatedDistances(sizes: sizes, distances: shared) }
    return Wav2Vec2.blueprint(sizes, base: "wavlm", parts)
  }

  /// Attention to whose scores distances are added, weighed by two gates of the queries.
  private struct GatedDistances: Layer {
    let sizes: SpeechSizes
    let distances: Variable?

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var attention = Attention(
        features: sizes.features, heads: sizes.heads, width: sizes.features / sizes.heads,
        dropout: sizes.attentionDropout, kernel: .writtenOut)
      let gate = gate(x, in: &graph)
      if let distances { attention.offset = graph.multiply(gate, distances) }
      return attention(x, in: &graph)
    }

    private func gate(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let (heads, width) = (sizes.heads, sizes.features / sizes.heads)
      let split = graph.permute(
        graph.view(x, [x.size(0), x.size(1), heads, width]), [0, 2, 1, 3])
      let eight = Linear(width, 8).named("gru_rel_pos_linear")(split, in: &graph)
      let sums = graph.apply(
        "ReduceSum", graph.view(eight, [x.size(0), heads, x.size(1), 2, 4]),
        graph.constant([4]), attributes: ["keepdims": .integer(0)])
      let gates = graph.chunk(graph.apply("Sigmoid", sums), into: 2, axis: 3)
      let constant = graph.parameter("gru_rel_pos_const", [1, heads, 1, 1])
      let second = graph.add(graph.multiply(gates[1], constant), number: -1)
      return graph.add(graph.multiply(gates[0], second), number: 2)
    }
  }
}
