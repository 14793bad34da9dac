// "LayoutLM: Pre-training of Text and Layout for Document Image Understanding", Xu et al., 2019.
// <https://arxiv.org/abs/1912.13318>

import ModelGraph

/// BERT of words that stand on a page, whose edges and sizes have vectors too.
enum LayoutLM {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(c)
    let embeddings = PagedEmbeddings(
      sizes: sizes, places: try c.size("max_2d_position_embeddings", default: 1024))
    let stack = Sequential {
      embeddings.named("embeddings")
      Repeat(sizes.depth) { _ in BERT.block(sizes) }.named("encoder.layer")
    }
    let network = Encoder(
      base: "layoutlm", stack: stack, pooler: FirstTokenPooler(features: sizes.features),
      head: head(sizes))
    return BERT.blueprint(sizes, network)
  }

  private static func head(_ sizes: EncoderSizes) -> Encoder.Head? {
    switch sizes.task {
    case .none: nil
    case .sequenceClassification: Encoder.onText(sizes.classifier(sizes.labels))
    case .tokenClassification: Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: Encoder.onTokens(sizes.answers)
    case .maskedTokens, .nextToken, .preTraining, .nextSentence, .multipleChoice:
      Encoder.onTokens(BERT.predictions(sizes, base: "layoutlm"))
    }
  }
}

/// The sum of what stands where in a text and where on a page.
///
/// Takes token numbers and, as `bbox`, the four edges of each word.
private struct PagedEmbeddings: Layer {
  let sizes: EncoderSizes

  /// The rows of each table of places on a page.
  let places: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var embeddings = EncoderEmbeddings(sizes)
    embeddings.hasNorm = false
    embeddings.keepsTypes = false
    embeddings.dropout = 0
    var sum = embeddings(x, in: &graph)
    let edges = graph.input("bbox", TensorType(.int64, [x.size(0), x.size(1), 4]))
    let parts = [("x", 0), ("y", 1), ("x", 2), ("y", 3), ("h", 3), ("w", 2)]
    for (name, edge) in parts {
      let place = graph.select(edges, axis: 2, index: edge)
      let row = Embedding(places, sizes.embedded).named("\(name)_position_embeddings")(
        place, in: &graph)
      sum = graph.add(sum, row)
    }
    return Sequential {
      LayerNorm(sizes.embedded, epsilon: sizes.epsilon).named("LayerNorm")
      Dropout(sizes.dropout).named("dropout")
    }(sum, in: &graph)
  }
}
