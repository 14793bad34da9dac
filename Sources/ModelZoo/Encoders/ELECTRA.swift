// "ELECTRA: Pre-training Text Encoders as Discriminators Rather Than Generators", Clark, Luong, Le and
// Manning, 2020. <https://arxiv.org/abs/2003.10555>

import ModelGraph

/// BERT with narrow embeddings, which tells tokens that were put in from those of the text.
enum ELECTRA {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(
      c, EncoderSizes(features: 256, inner: 1024, heads: 4, embeddingFeatures: 128))
    let stack = Sequential {
      EncoderEmbeddings(sizes).named("embeddings")
      if sizes.embedded != sizes.features {
        Linear(sizes.embedded, sizes.features).named("embeddings_project")
      }
      Repeat(sizes.depth) { _ in BERT.block(sizes) }.named("encoder.layer")
    }
    let hasSummary = try c.flag("summary_use_proj", default: true)
    let network = Encoder(base: "electra", stack: stack, head: head(sizes, hasSummary: hasSummary))
    return Blueprint(network: network, input: sizes.input(), cache: sizes.cache)
  }

  private static func head(_ sizes: EncoderSizes, hasSummary: Bool) -> Encoder.Head? {
    switch sizes.task {
    case .none: return nil
    case .preTraining, .nextSentence: return Encoder.onTokens(discriminator(sizes))
    case .maskedTokens, .nextToken: return Encoder.onTokens(generator(sizes, base: "electra"))
    case .sequenceClassification:
      return Encoder.onTokens(
        HiddenClassifier(
          features: sizes.features, labels: sizes.labels, activation: "gelu",
          dropout: sizes.headDropout ?? sizes.dropout
        ).named("classifier"))
    case .multipleChoice: return Encoder.onTokens(choices(sizes, hasSummary: hasSummary))
    case .tokenClassification: return Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: return Encoder.onTokens(sizes.answers)
    }
  }

  private static func discriminator(_ sizes: EncoderSizes) -> some Layer {
    Sequential {
      Linear(sizes.features, sizes.features).named("dense")
      NamedActivation(name: sizes.activation)
      Linear(sizes.features, 1).named("dense_prediction")
    }.named("discriminator_predictions")
  }

  /// Guesses tokens from narrow embeddings, as those were put in.
  static func generator(_ sizes: EncoderSizes, base: String) -> some Layer {
    Sequential {
      PredictionTransform(
        features: sizes.features, outputs: sizes.embedded, activation: "gelu",
        epsilon: sizes.epsilon
      ).named("generator_predictions")
      TokenProjection(
        features: sizes.embedded, vocabulary: sizes.vocabulary, name: "generator_lm_head",
        table: sizes.isTied ? "\(base).embeddings.word_embeddings.weight" : nil)
    }
  }

  private static func choices(_ sizes: EncoderSizes, hasSummary: Bool) -> some Layer {
    Sequential {
      FirstToken()
      if hasSummary {
        Linear(sizes.features, sizes.features).named("sequence_summary.summary")
      }
      NamedActivation(name: "gelu")
      Dropout(0.1)
      Linear(sizes.features, 1).named("classifier")
    }
  }
}
