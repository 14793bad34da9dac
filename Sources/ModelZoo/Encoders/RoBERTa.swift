// "RoBERTa: A Robustly Optimized BERT Pretraining Approach", Liu et al., 2019.
// <https://arxiv.org/abs/1907.11692>
// "Unsupervised Cross-lingual Representation Learning at Scale", Conneau et al., 2020.
// <https://arxiv.org/abs/1911.02116>
// "CamemBERT: a Tasty French Language Model", Martin et al., 2020. <https://arxiv.org/abs/1911.03894>

import ModelGraph

/// BERT whose positions start behind the number of the filling token.
enum RoBERTa {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(c, vocabulary: 50265)
  }

  static func multilingual(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(c, vocabulary: 30522)
  }

  private static func model(
    _ c: Configuration, vocabulary: Int
  ) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(c, EncoderSizes(vocabulary: vocabulary, padding: 1))
    return blueprint(sizes, base: "roberta")
  }

  static func data2vec(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    blueprint(try EncoderSizes(c, EncoderSizes(padding: 1)), base: "data2vec_text")
  }

  static func blueprint(
    _ sizes: EncoderSizes, base: String,
    stack: ((EncoderEmbeddings) -> Sequential)? = nil
  ) -> Blueprint {
    var embeddings = EncoderEmbeddings(sizes)
    embeddings.positions = .afterPadding(sizes.padding)
    let isPooled = sizes.task == .none || sizes.task == .multipleChoice
    let network = Encoder(
      base: base, stack: stack?(embeddings) ?? BERT.stack(sizes, embeddings),
      pooler: isPooled ? FirstTokenPooler(features: sizes.features) : nil,
      head: head(sizes, table: "\(base).embeddings.word_embeddings.weight"))
    return Blueprint(
      network: network, input: sizes.input(longest: embeddings.longest), cache: sizes.cache)
  }

  static func head(_ sizes: EncoderSizes, table: String) -> Encoder.Head? {
    switch sizes.task {
    case .none: return nil
    case .maskedTokens, .nextToken, .preTraining, .nextSentence:
      return Encoder.onTokens(predictions(sizes, table: table))
    case .sequenceClassification:
      let dropout = sizes.headDropout ?? sizes.dropout
      return Encoder.onTokens(
        HiddenClassifier(features: sizes.features, labels: sizes.labels, dropout: dropout)
          .named("classifier"))
    case .multipleChoice: return Encoder.onText(sizes.classifier(1))
    case .tokenClassification: return Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: return Encoder.onTokens(sizes.answers)
    }
  }

  /// Tokens told apart; the weight is the embedding's, and the bias has two names.
  private static func predictions(_ sizes: EncoderSizes, table: String) -> some Layer {
    Sequential {
      PredictionTransform(
        features: sizes.features, outputs: sizes.features, activation: "gelu",
        epsilon: sizes.epsilon, norm: "layer_norm")
      TokenProjection(
        features: sizes.features, vocabulary: sizes.vocabulary,
        table: sizes.isTied ? table : nil, bias: .beside("bias"))
    }.named("lm_head")
  }
}
