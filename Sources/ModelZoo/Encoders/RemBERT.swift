// "Rethinking embedding coupling in pre-trained language models", Chung et al., 2020.
// <https://arxiv.org/abs/2010.12821>

import ModelGraph

/// BERT with narrow embeddings for what goes in and wide ones, apart, for what comes out.
enum RemBERT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try EncoderSizes(
      c, EncoderSizes(vocabulary: 250_300, features: 1152, inner: 4608, depth: 32, heads: 18))
    sizes.embeddingFeatures = try c.size("input_embedding_size", default: 256)
    sizes.headDropout = try c.number("classifier_dropout_prob", default: 0.1)
    let outputs = try c.size("output_embedding_size", default: 1664)
    let isPooled = [.none, .sequenceClassification, .multipleChoice].contains(sizes.task)
    let network = Encoder(
      base: "rembert", stack: stack(sizes),
      pooler: isPooled ? FirstTokenPooler(features: sizes.features) : nil,
      head: head(sizes, outputs: outputs))
    return BERT.blueprint(sizes, network)
  }

  private static func stack(_ sizes: EncoderSizes) -> Sequential {
    var embeddings = EncoderEmbeddings(sizes)
    embeddings.keepsTypes = false
    let opening = embeddings
    return Sequential {
      opening.named("embeddings")
      Linear(sizes.embedded, sizes.features).named("encoder.embedding_hidden_mapping_in")
      Repeat(sizes.depth) { _ in BERT.block(sizes) }.named("encoder.layer")
    }
  }

  private static func head(_ sizes: EncoderSizes, outputs: Int) -> Encoder.Head? {
    switch sizes.task {
    case .none: nil
    case .sequenceClassification: Encoder.onText(sizes.classifier(sizes.labels))
    case .multipleChoice: Encoder.onText(sizes.classifier(1))
    case .tokenClassification: Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: Encoder.onTokens(sizes.answers)
    case .maskedTokens, .nextToken, .preTraining, .nextSentence:
      Encoder.onTokens(
        Sequential {
          PredictionTransform(
            features: sizes.features, outputs: outputs, activation: sizes.activation,
            epsilon: sizes.epsilon)
          Linear(outputs, sizes.vocabulary).named("decoder")
        }.named("cls.predictions"))
    }
  }
}
