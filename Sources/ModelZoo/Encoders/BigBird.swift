// "Big Bird: Transformers for Longer Sequences", Zaheer et al., 2020. <https://arxiv.org/abs/2007.14062>

import ModelGraph

/// BERT whose tokens see what is near, the ends and a few blocks at random.
enum BigBird {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(
      c, EncoderSizes(vocabulary: 50358, context: 4096, activation: "gelu_new"))
    var attention = BERT.attention(sizes)
    attention.bias = try c.flag("use_bias", default: true) ? .init() : .none
    let kind = try c.choice(
      "attention_type", default: "block_sparse", of: ["block_sparse", "original_full"])
    // Short texts are seen whole, whatever the kind.
    if kind == "block_sparse" { attention.kernel = .opaque("BlockSparseAttention") }
    let stack = Sequential {
      EncoderEmbeddings(sizes).named("embeddings")
      Repeat(sizes.depth) { [attention] _ in BERT.block(sizes, attention: attention) }
        .named("encoder.layer")
    }
    let isPooled = sizes.task != .questionAnswering
    let network = Encoder(
      base: "bert", stack: stack,
      pooler: isPooled ? FirstTokenPooler(features: sizes.features, name: "pooler") : nil,
      head: head(sizes))
    return Blueprint(network: network, input: sizes.input(), cache: sizes.cache)
  }

  private static func head(_ sizes: EncoderSizes) -> Encoder.Head? {
    let predictions = BERT.predictions(sizes, base: "bert")
    switch sizes.task {
    case .none: return nil
    case .maskedTokens, .nextToken: return Encoder.onTokens(predictions)
    case .preTraining, .nextSentence:
      let order = Linear(sizes.features, 2).named("cls.seq_relationship")
      return { hidden, pooled, graph in
        graph.output(order(pooled, in: &graph))
        return predictions(hidden, in: &graph)
      }
    case .sequenceClassification:
      return Encoder.onTokens(
        HiddenClassifier(
          features: sizes.features, labels: sizes.labels, activation: sizes.activation,
          dropout: sizes.headDropout ?? sizes.dropout
        ).named("classifier"))
    case .multipleChoice: return Encoder.onText(sizes.classifier(1))
    case .tokenClassification: return Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams:
      return Encoder.onTokens(answers(sizes).named("qa_classifier"))
    }
  }

  /// One more network before starts and ends are told.
  private static func answers(_ sizes: EncoderSizes) -> some Layer {
    Sequential {
      Dropout(sizes.dropout).named("dropout")
      EncoderBlock(branches: [BERT.network(sizes)], norm: sizes.norm, dropout: sizes.dropout)
      Linear(sizes.features, 2).named("qa_outputs")
    }
  }
}
