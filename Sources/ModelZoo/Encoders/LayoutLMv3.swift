// "LayoutLMv3: Pre-training for Document AI with Unified Text and Image Masking", Huang et al., 2022.
// <https://arxiv.org/abs/2204.08387>

import ModelGraph

/// RoBERTa over words with places on a page and, behind them, the patches of the page.
enum LayoutLMv3 {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(
      try c.className(default: "LayoutLMv3Model"),
      endingIn: [
        "LayoutLMv3Model", "ForSequenceClassification", "ForTokenClassification",
        "ForQuestionAnswering",
      ])
    guard try c.flag("text_embed", default: true) else {
      throw .unknownChoice(key: "\(c.path)text_embed", found: "false", known: ["true"])
    }
    let sizes = try EncoderSizes(
      c, EncoderSizes(vocabulary: 50265, epsilon: 1e-5, padding: 1))
    var embeddings = EncoderEmbeddings(sizes)
    embeddings.positions = .afterPadding(sizes.padding)
    embeddings.keepsTypes = false
    embeddings.hasNorm = false
    embeddings.dropout = 0
    let stack = Stack(
      sizes: sizes, embeddings: embeddings,
      page: PagePlaces(
        rows: try c.size("max_2d_position_embeddings", default: 1024),
        edgeFeatures: try c.size("coordinate_size", default: 128),
        sizeFeatures: try c.size("shape_size", default: 128)),
      images: try images(c),
      bins: try c.flag("has_relative_attention_bias", default: true)
        ? c.size("rel_pos_bins", default: 32) : nil,
      pageBins: try c.flag("has_spatial_attention_bias", default: true)
        ? c.size("rel_2d_pos_bins", default: 64) : nil)
    let network = Encoder(base: "layoutlmv3", stack: stack, head: head(sizes))
    return Blueprint(network: network, input: sizes.input(longest: embeddings.longest))
  }

  /// The pages that are seen; `nil` if they are not.
  private static func images(_ c: Configuration) throws(ConfigurationError) -> ImageSizes? {
    guard try c.flag("visual_embed", default: true) else { return nil }
    let sizes = ImageSizes(
      image: try c.extent("input_size", default: 224),
      patch: try c.extent("patch_size", default: 16),
      channels: try c.size("num_channels", default: 3, in: 1...1024))
    guard sizes.patches > 0 else {
      throw .contradiction("\(c.path)input_size is smaller than patch_size: there is no patch")
    }
    return sizes
  }

  private static func head(_ sizes: EncoderSizes) -> Encoder.Head? {
    let hidden = Classifier(sizes: sizes)
    switch sizes.task {
    case .none: return nil
    case .sequenceClassification:
      return Encoder.onTokens(
        Sequential {
          FirstToken()
          hidden
        }.named("classifier"))
    case .tokenClassification where sizes.labels < 10:
      return Encoder.onTokens(sizes.classifier(sizes.labels))
    case .tokenClassification: return Encoder.onTokens(hidden.named("classifier"))
    default: return Encoder.onTokens(hidden.named("qa_outputs"))
    }
  }

  /// Classes told through a hidden layer.
  private struct Classifier: Layer {
    let sizes: EncoderSizes

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let dropout = Dropout(sizes.headDropout ?? sizes.dropout)
      return Sequential {
        dropout
        Linear(sizes.features, sizes.features).named("dense")
        Activation.tanh
        dropout
        Linear(sizes.features, sizes.labels).named("out_proj")
      }(x, in: &graph)
    }
  }
}

extension LayoutLMv3 {
  private struct Stack: Layer {
    let sizes: EncoderSizes
    let embeddings: EncoderEmbeddings
    let page: PagePlaces
    let images: ImageSizes?

    /// The distances that are told apart, in the text and on the page.
    let bins: Int?
    let pageBins: Int?

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let words = graph.scoped("embeddings") { graph in
        let sum = graph.add(embeddings(x, in: &graph), page(x, in: &graph))
        return closing(sum, in: &graph)
      }
      var hidden = words
      if let images {
        let seen = see(images, batch: x.size(0), in: &graph)
        hidden = closing(graph.concatenate([words, seen], axis: 1), in: &graph)
      }
      let bias = graph.scoped("encoder") { distances(hidden, in: &$0) }
      var attention = BERT.attention(sizes)
      attention.offset = bias
      attention.kernel = .writtenOut
      let block = BERT.block(sizes, attention: attention)
      hidden = Repeat(sizes.depth) { _ in block }.named("encoder.layer")(hidden, in: &graph)
      return graph.narrow(hidden, axis: 1, from: 0, to: x.size(1))
    }

    private func closing(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      Sequential {
        LayerNorm(sizes.features, epsilon: sizes.epsilon).named("LayerNorm")
        Dropout(sizes.dropout)
      }(x, in: &graph)
    }

    private func see(
      _ images: ImageSizes, batch: Int, in graph: inout GraphBuilder
    ) -> Variable {
      let features = sizes.features
      if bins != nil || pageBins != nil {
        _ = graph.state("visual_bbox", .int64, [images.patches + 1, 4])
      }
      let pixels = graph.input("pixel_values", images.type(batch: batch))
      let patches = images.patches(
        of: pixels, features, bias: true, named: "patch_embed.proj", in: &graph)
      let token = graph.expand(
        graph.parameter("cls_token", [1, 1, features]), to: [batch, 1, features])
      let all = graph.concatenate([token, patches], axis: 1)
      let placed = graph.add(all, graph.parameter("pos_embed", [1, images.patches + 1, features]))
      return LayerNorm(features, epsilon: 1e-6).named("norm")(placed, in: &graph)
    }

    /// A learned number for each head and each distance between two tokens.
    private func distances(_ x: Variable, in graph: inout GraphBuilder) -> Variable? {
      let tables = [
        ("rel_pos_bias", bins), ("rel_pos_x_bias", pageBins), ("rel_pos_y_bias", pageBins),
      ]
      let weights = tables.compactMap { name, bins in
        bins.map { graph.parameter("\(name).weight", [sizes.heads, $0]) }
      }
      guard !weights.isEmpty else { return nil }
      return graph.opaque(
        "BiasOfDistances", weights,
        gives: [TensorType(graph.floatingType, [x.size(0), sizes.heads, x.size(1), x.size(1)])],
        layer: .linear)[0]
    }
  }
}
