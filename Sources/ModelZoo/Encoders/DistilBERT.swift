// "DistilBERT, a distilled version of BERT: smaller, faster, cheaper and lighter", Sanh, Debut,
// Chaumond and Wolf, 2019. <https://arxiv.org/abs/1910.01108>

import ModelGraph

/// BERT of half the depth, without kinds of parts and without a vector of the text.
enum DistilBERT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try EncoderSizes(c, EncoderSizes(depth: 6, types: 0))
    sizes.types = 0
    sizes.epsilon = 1e-12
    var embeddings = EncoderEmbeddings(sizes)
    embeddings.keepsTypes = false
    let stack = Sequential {
      embeddings.named("embeddings")
      Repeat(sizes.depth) { [sizes] _ in block(sizes) }.named("transformer.layer")
    }
    sizes.headDropout = try dropout(of: sizes.task, c, sizes)
    let network = Encoder(base: "distilbert", stack: stack, head: head(sizes))
    return Blueprint(network: network, input: sizes.input())
  }

  private static func dropout(
    of task: EncoderTask, _ c: Configuration, _ sizes: EncoderSizes
  ) throws(ConfigurationError) -> Double {
    switch task {
    case .sequenceClassification, .multipleChoice:
      try c.number("seq_classif_dropout", default: 0.2)
    case .questionAnswering: try c.number("qa_dropout", default: 0.1)
    default: sizes.dropout
    }
  }

  private static func block(_ sizes: EncoderSizes) -> EncoderBlock {
    let attention = Attention(
      features: sizes.features, heads: sizes.heads, width: sizes.width,
      names: .init(query: "q_lin", key: "k_lin", value: "v_lin"),
      dropout: sizes.attentionDropout)
    let branches = [
      EncoderBlock.Branch(
        body: attention.named("attention"), inner: sizes.allHeads,
        projection: "attention.out_lin", norm: "sa_layer_norm"),
      EncoderBlock.Branch(
        body: Sequential {
          Linear(sizes.features, sizes.inner).named("lin1")
          NamedActivation(name: sizes.activation)
        }.named("ffn"), inner: sizes.inner, projection: "ffn.lin2", norm: "output_layer_norm"),
    ]
    return EncoderBlock(branches: branches, norm: sizes.norm, dropout: sizes.dropout)
  }

  private static func head(_ sizes: EncoderSizes) -> Encoder.Head? {
    switch sizes.task {
    case .none: return nil
    case .sequenceClassification: return Encoder.onTokens(classifier(sizes, sizes.labels))
    case .multipleChoice: return Encoder.onTokens(classifier(sizes, 1))
    case .tokenClassification: return Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: return Encoder.onTokens(sizes.answers)
    case .maskedTokens, .preTraining, .nextToken, .nextSentence:
      return Encoder.onTokens(predictions(sizes))
    }
  }

  private static func predictions(_ sizes: EncoderSizes) -> some Layer {
    Sequential {
      PredictionTransform(
        features: sizes.features, outputs: sizes.features, activation: sizes.activation,
        epsilon: sizes.epsilon, dense: "vocab_transform", norm: "vocab_layer_norm")
      TokenProjection(
        features: sizes.features, vocabulary: sizes.vocabulary, name: "vocab_projector",
        table: sizes.isTied ? "distilbert.embeddings.word_embeddings.weight" : nil)
    }
  }

  private static func classifier(_ sizes: EncoderSizes, _ count: Int) -> some Layer {
    Sequential {
      FirstToken()
      Linear(sizes.features, sizes.features).named("pre_classifier")
      Activation.relu()
      sizes.classifier(count)
    }
  }
}
