// "DeBERTa: Decoding-enhanced BERT with Disentangled Attention", He et al., 2021.
// <https://arxiv.org/abs/2006.03654>
// "DeBERTaV3", He, Gao and Chen, 2021. <https://arxiv.org/abs/2111.09543>

import ModelGraph

/// BERT whose attention adds what contents say of distances and distances of contents.
enum DeBERTa {
  static func first(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(
      c, EncoderSizes(vocabulary: 50265, types: 0, epsilon: 1e-7),
      isFirst: true)
  }

  static func second(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(
      c,
      EncoderSizes(
        vocabulary: 128100, features: 1536, inner: 6144, depth: 24, heads: 24, types: 0,
        epsilon: 1e-7), isFirst: false)
  }

  private static func model(
    _ c: Configuration, _ standard: EncoderSizes, isFirst: Bool
  ) throws(ConfigurationError) -> Blueprint {
    var sizes = try EncoderSizes(c, standard)
    sizes.headDropout = try c.number("cls_dropout", default: sizes.dropout)
    let isPooled = sizes.task == .sequenceClassification || sizes.task == .multipleChoice
    let pooler = Pooler(
      features: try c.size("pooler_hidden_size", default: sizes.features),
      activation: try c.text("pooler_hidden_act", default: "gelu"),
      dropout: try c.number("pooler_dropout", default: 0))
    let network = Encoder(
      base: "deberta", stack: try DeBERTaStack(c, sizes, isFirst: isFirst),
      head: head(sizes, pooler: isPooled ? pooler : nil, isOld: try c.flag("legacy", default: true))
    )
    return Blueprint(network: network, input: sizes.input())
  }

  private struct Pooler: Layer {
    let features: Int
    let activation: String
    let dropout: Double

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      Sequential {
        FirstToken()
        Dropout(dropout).named("dropout")
        Linear(features, features).named("dense")
        NamedActivation(name: activation)
      }.named("pooler")(x, in: &graph)
    }
  }

  private static func head(_ sizes: EncoderSizes, pooler: Pooler?, isOld: Bool) -> Encoder.Head? {
    switch sizes.task {
    case .none: return nil
    case .sequenceClassification, .multipleChoice:
      let count = sizes.task == .multipleChoice ? 1 : sizes.labels
      return Encoder.onTokens(
        Sequential {
          if let pooler { pooler }
          sizes.classifier(count)
        })
    case .tokenClassification: return Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: return Encoder.onTokens(sizes.answers)
    case .maskedTokens, .preTraining, .nextToken, .nextSentence:
      return isOld
        ? Encoder.onTokens(BERT.predictions(sizes, base: "deberta"))
        : Encoder.onTokens(Predictions(sizes: sizes).named("lm_predictions.lm_head"))
    }
  }

  /// Tokens told apart by a product with the embeddings themselves.
  private struct Predictions: Layer {
    let sizes: EncoderSizes

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let transformed = PredictionTransform(
        features: sizes.features, outputs: sizes.features, activation: sizes.activation,
        epsilon: sizes.epsilon)(x, in: &graph)
      let table = graph.parameter(
        path: "deberta.embeddings.word_embeddings.weight", [sizes.vocabulary, sizes.embedded])
      let product = graph.matrixProduct(transformed, graph.transpose(table, 0, 1))
      return graph.add(product, graph.parameter("bias", [sizes.vocabulary]))
    }
  }
}
