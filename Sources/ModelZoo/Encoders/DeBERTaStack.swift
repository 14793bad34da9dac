import ByteFormats
import ModelGraph

/// Embeddings, distances and blocks of DeBERTa in its first and its second form.
struct DeBERTaStack: Layer {
  let sizes: EncoderSizes

  /// Whether queries, keys and values are one map without biases.
  let isFirst: Bool
  let hasPositions: Bool
  let distances: Distances?
  let isDistanceNormalized: Bool
  let hasMixedHeads: Bool
  let convolution: Convolution?

  /// What is learned of the distances between tokens.
  struct Distances: Sendable {
    /// The most that distances differ, in both directions.
    var span: Int
    var contentsToPositions: Bool
    var positionsToContents: Bool

    /// Whether distances go through the maps of the contents.
    var isShared: Bool
  }

  /// A convolution over the tokens beside the first block.
  struct Convolution: Sendable {
    var kernel: Int
    var groups: Int
    var activation: String
  }

  init(_ c: Configuration, _ sizes: EncoderSizes, isFirst: Bool) throws(ConfigurationError) {
    self.sizes = sizes
    self.isFirst = isFirst
    hasPositions = try c.flag("position_biased_input", default: true)
    hasMixedHeads = isFirst ? try c.flag("talking_head", default: false) : false
    let isRelative = try c.flag("relative_attention", default: false)
    distances = isRelative ? try Self.distances(c, sizes, isFirst: isFirst) : nil
    let norms = try c.text("norm_rel_ebd", default: "none")
    isDistanceNormalized = !isFirst && norms.contains("layer_norm")
    let kernel = isFirst ? 0 : try c.count("conv_kernel_size", default: 0)
    convolution =
      kernel > 0
      ? Convolution(
        kernel: kernel, groups: try c.size("conv_groups", default: 1),
        activation: try c.text("conv_act", default: "tanh")) : nil
  }

  private static func distances(
    _ c: Configuration, _ sizes: EncoderSizes, isFirst: Bool
  ) throws(ConfigurationError) -> Distances {
    let numbers = -1...Configuration.maximumSize
    let most = try c.size("max_relative_positions", default: -1, in: numbers)
    let buckets = isFirst ? -1 : try c.size("position_buckets", default: -1, in: numbers)
    let kinds = try c.names("pos_att_type")
    return Distances(
      span: buckets > 0 ? buckets : most > 0 ? most : sizes.context,
      contentsToPositions: kinds.contains("c2p"), positionsToContents: kinds.contains("p2c"),
      isShared: isFirst ? false : try c.flag("share_att_key", default: false))
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let embedded = graph.scoped("embeddings") { embed(x, in: &$0) }
    return graph.scoped("encoder") { graph in
      let table = distances.map { self.table($0, in: &graph) }
      var hidden = embedded
      for index in 0..<sizes.depth {
        hidden = block(table).named("layer.\(index)")(hidden, in: &graph)
        if index == 0, let convolution {
          hidden = convolve(embedded, beside: hidden, convolution, in: &graph)
        }
      }
      return hidden
    }
  }

  private func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let width = sizes.embedded
    let ordered = graph.state("position_ids", .int64, [1, sizes.context])
    graph.require(
      x.size(1) <= sizes.context, "positions are learned up to \(sizes.context), not \(x.size(1))")
    var sum = Embedding(sizes.vocabulary, width).named("word_embeddings")(x, in: &graph)
    if hasPositions {
      let position = graph.narrow(ordered, axis: 1, from: 0, to: x.size(1))
      let places = Embedding(sizes.context, width).named("position_embeddings")
      sum = graph.add(sum, places(position, in: &graph))
    }
    if sizes.types > 0 {
      let none = graph.scale(x, by: 0)
      let kinds = Embedding(sizes.types, width).named("token_type_embeddings")(none, in: &graph)
      sum = graph.add(sum, kinds)
    }
    return Sequential {
      if width != sizes.features {
        Linear(width, sizes.features, bias: false).named("embed_proj")
      }
      sizes.norm.named("LayerNorm")
      Dropout(sizes.dropout).named("dropout")
    }(sum, in: &graph)
  }

  private func table(_ distances: Distances, in graph: inout GraphBuilder) -> Variable {
    let rows = graph.scoped("rel_embeddings") { graph in
      graph.table(graph.parameter("weight", [2 * distances.span, sizes.features]))
    }
    return isDistanceNormalized ? sizes.norm.named("LayerNorm")(rows, in: &graph) : rows
  }

  private func block(_ table: Variable?) -> EncoderBlock {
    let attention = DisentangledAttention(
      sizes: sizes, isPacked: isFirst, hasMixedHeads: hasMixedHeads, distances: distances,
      table: table)
    return EncoderBlock(
      branches: [
        BERT.branch(attention, sizes, module: "attention"), BERT.network(sizes),
      ], norm: sizes.norm, dropout: sizes.dropout)
  }

  private func convolve(
    _ x: Variable, beside hidden: Variable, _ convolution: Convolution, in graph: inout GraphBuilder
  ) -> Variable {
    graph.scoped("conv") { graph in
      let rows = Sequential {
        Permute([0, 2, 1])
        Conv1d(
          sizes.features, sizes.features, kernel: convolution.kernel,
          padding: (convolution.kernel - 1) / 2, groups: convolution.groups
        ).named("conv")
        Permute([0, 2, 1])
        Dropout(sizes.dropout).named("dropout")
        NamedActivation(name: convolution.activation)
      }(x, in: &graph)
      return sizes.norm.named("LayerNorm")(graph.add(hidden, rows), in: &graph)
    }
  }
}

extension Configuration {
  /// Names in a list, or in one text with bars between them.
  func names(_ key: String) throws(ConfigurationError) -> [String] {
    guard let text = entry([key])?.value.string else { return try texts(key) ?? [] }
    return text.lowercased().split(separator: "|").map { name in
      String(name.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
  }
}
