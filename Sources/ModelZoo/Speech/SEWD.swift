// "Performance-Efficiency Trade-offs in Unsupervised Pre-training for Speech Recognition", Wu et al.,
// 2021. <https://arxiv.org/abs/2109.06870>

import ModelGraph

/// SEW whose blocks are DeBERTa's.
enum SEWD {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var standard = SpeechSizes()
    standard.channels = [64, 128, 128, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512]
    standard.strides = [5, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
    standard.kernels = [10, 3, 1, 3, 1, 3, 1, 3, 1, 2, 1, 2, 1]
    standard.activation = "gelu_python"
    standard.epsilon = 1e-7
    var sizes = try SpeechSizes(c, standard)
    sizes.isNormalizedFirst = false
    sizes.blockAdapter = nil
    sizes.adapter = nil
    let hasNames = c.has("norm_rel_ebd")
    let stack = Stack(
      sizes: sizes, squeeze: try c.size("squeeze_factor", default: 2, in: 1...1024),
      distances: try distances(c),
      hasNorm: hasNames ? try c.names("norm_rel_ebd").contains("layer_norm") : true)
    return Wav2Vec2.blueprint(SpeechModel(base: "sew_d", sizes: sizes, stack: stack))
  }

  private static func distances(
    _ c: Configuration
  ) throws(ConfigurationError) -> DeBERTaStack.Distances? {
    guard try c.flag("relative_attention", default: true) else { return nil }
    let numbers = -1...Configuration.maximumSize
    let most = try c.size("max_relative_positions", default: -1, in: numbers)
    let buckets = try c.size("position_buckets", default: 256, in: numbers)
    let context = try c.size("max_position_embeddings", default: 512)
    let kinds = c.has("pos_att_type") ? try c.names("pos_att_type") : ["p2c", "c2p"]
    return DeBERTaStack.Distances(
      span: buckets > 0 ? buckets : most > 0 ? most : context,
      contentsToPositions: kinds.contains("c2p"), positionsToContents: kinds.contains("p2c"),
      isShared: try c.flag("share_att_key", default: true))
  }

  private struct Stack: Layer {
    var sizes: SpeechSizes
    var squeeze: Int
    var distances: DeBERTaStack.Distances?
    var hasNorm: Bool

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let waves = graph.view(graph.cast(x, to: graph.floatingType), [x.size(0), 1, x.size(1)])
      let frames = SampleConvolutions(sizes: sizes).named("feature_extractor")(waves, in: &graph)
      let projected = Sequential {
        LayerNorm(sizes.extracted).named("layer_norm")
        if sizes.extracted != sizes.features {
          Linear(sizes.extracted, sizes.features).named("feature_projection")
        }
      }(graph.transpose(frames, 1, 2), in: &graph)
      if sizes.hasMask { _ = graph.parameter("masked_spec_embed", [sizes.features]) }
      return graph.scoped("encoder") { encode(projected, in: &$0) }
    }

    private func encode(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var parts = SpeechStack.Parts()
      parts.squeeze = squeeze
      parts.positions = { [squeeze] in ConvolvedPositions(sizes: $0, stride: squeeze) }
      let frame = SpeechStack(sizes: sizes, parts: parts)
      let placed = frame.placed(x, in: &graph)
      let hidden = graph.scoped("encoder") { blocks(placed, in: &$0) }
      return frame.stretched(hidden, to: x.size(1), in: &graph)
    }

    private func blocks(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var table: Variable?
      if let distances {
        table = graph.table(
          graph.parameter("rel_embeddings.weight", [2 * distances.span, sizes.features]))
      }
      if hasNorm {
        let norm = sizes.norm.named("LayerNorm")
        if let rows = table {
          table = norm(rows, in: &graph)
        } else {
          graph.parametersOnly { norm(x, in: &$0) }
        }
      }
      let block = block(table)
      return Repeat(sizes.depth) { _ in block }.named("layer")(x, in: &graph)
    }

    private func block(_ table: Variable?) -> EncoderBlock {
      var text = EncoderSizes(features: sizes.features, inner: sizes.inner, heads: sizes.heads)
      text.activation = sizes.activation
      text.epsilon = sizes.epsilon
      text.dropout = sizes.dropout
      text.attentionDropout = sizes.attentionDropout
      let attention = DisentangledAttention(
        sizes: text, isPacked: false, hasMixedHeads: false, distances: distances, table: table)
      return EncoderBlock(
        branches: [BERT.branch(attention, text, module: "attention"), BERT.network(text)],
        norm: text.norm, dropout: text.dropout)
    }
  }
}
