// "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", Devlin, Chang,
// Lee and Toutanova, 2018. <https://arxiv.org/abs/1810.04805>
// "ERNIE: Enhanced Representation through Knowledge Integration", Sun et al., 2019.
// <https://arxiv.org/abs/1904.09223>

import ModelGraph

/// An encoder whose branches are normalized after they are added, with positions learned.
enum BERT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(c)
    return blueprint(sizes, encoder(sizes, base: "bert"))
  }

  /// BERT with vectors for tasks beside those for parts.
  static func ernie(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(c)
    var embeddings = EncoderEmbeddings(sizes)
    if try c.flag("use_task_id", default: false) {
      embeddings.tasks = try c.size("task_type_vocab_size", default: 3)
    }
    return blueprint(sizes, encoder(sizes, embeddings, base: "ernie"))
  }

  static func blueprint(_ sizes: EncoderSizes, _ network: any Layer) -> Blueprint {
    Blueprint(network: network, input: sizes.input(), cache: sizes.cache)
  }

  static func encoder(
    _ sizes: EncoderSizes, _ embeddings: EncoderEmbeddings? = nil, base: String
  ) -> Encoder {
    let isPooled = [.none, .preTraining, .nextSentence, .sequenceClassification, .multipleChoice]
      .contains(sizes.task)
    return Encoder(
      base: base, stack: stack(sizes, embeddings ?? EncoderEmbeddings(sizes)),
      pooler: isPooled ? FirstTokenPooler(features: sizes.features) : nil,
      head: head(sizes, base: base))
  }

  static func stack(_ sizes: EncoderSizes, _ embeddings: EncoderEmbeddings) -> Sequential {
    Sequential {
      embeddings.named("embeddings")
      Repeat(sizes.depth) { _ in block(sizes) }.named("encoder.layer")
    }
  }
}

// MARK: - Blocks

extension BERT {
  static func block(_ sizes: EncoderSizes) -> EncoderBlock {
    var attention = Attention(
      features: sizes.features, heads: sizes.heads, width: sizes.width,
      names: .init(query: "query", key: "key", value: "value"), dropout: sizes.attentionDropout)
    attention.isCausal = sizes.isCausal
    var branches = [branch(attention, sizes, module: "attention")]
    if sizes.attendsElsewhere {
      // There is nothing else to attend to unless another model gives it.
      branches.append(branch(attention, sizes, module: "crossattention"))
      branches[1].isIdle = true
    }
    branches.append(network(sizes))
    return EncoderBlock(branches: branches, norm: sizes.norm, dropout: sizes.dropout)
  }

  static func branch(
    _ attention: some Layer, _ sizes: EncoderSizes, module: String
  ) -> EncoderBlock.Branch {
    EncoderBlock.Branch(
      body: attention.named("\(module).self"), inner: sizes.allHeads, module: "\(module).output",
      projection: "dense", norm: "LayerNorm")
  }

  static func network(_ sizes: EncoderSizes) -> EncoderBlock.Branch {
    EncoderBlock.Branch(
      body: Sequential {
        Linear(sizes.features, sizes.inner).named("dense")
        NamedActivation(name: sizes.activation)
      }.named("intermediate"), inner: sizes.inner, module: "output", projection: "dense",
      norm: "LayerNorm")
  }
}

// MARK: - Heads

extension BERT {
  private static func head(_ sizes: EncoderSizes, base: String) -> Encoder.Head? {
    let predictions = predictions(sizes, base: base)
    let order = Linear(sizes.features, 2).named("cls.seq_relationship")
    switch sizes.task {
    case .none: return nil
    case .maskedTokens, .nextToken: return Encoder.onTokens(predictions)
    case .preTraining:
      return { hidden, pooled, graph in
        graph.output(order(pooled, in: &graph))
        return predictions(hidden, in: &graph)
      }
    case .nextSentence: return Encoder.onText(order)
    case .sequenceClassification: return Encoder.onText(sizes.classifier(sizes.labels))
    case .multipleChoice: return Encoder.onText(sizes.classifier(1))
    case .tokenClassification: return Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: return Encoder.onTokens(sizes.answers)
    }
  }

  /// Tokens told apart; the weight is the embedding's, and the bias has two names.
  static func predictions(_ sizes: EncoderSizes, base: String) -> some Layer {
    Sequential {
      PredictionTransform(
        features: sizes.features, outputs: sizes.embedded, activation: sizes.activation,
        epsilon: sizes.epsilon
      ).named("transform")
      TokenProjection(
        features: sizes.embedded, vocabulary: sizes.vocabulary,
        table: sizes.isTied ? "\(base).embeddings.word_embeddings.weight" : nil,
        bias: .beside("bias"))
    }.named("cls.predictions")
  }
}

extension Architecture {
  static let berts = [
    bert("bert-base", "BERT base", EncoderSizes()),
    bert(
      "bert-large", "BERT large", EncoderSizes(features: 1024, inner: 4096, depth: 24, heads: 16)),
  ]

  private static func bert(_ name: String, _ title: String, _ sizes: EncoderSizes) -> Architecture {
    Architecture(
      name, title, family: "BERT",
      paper: Paper(
        title:
          "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
        authors: "Devlin, Chang, Lee and Toutanova", year: 2018,
        url: "https://arxiv.org/abs/1810.04805"),
      input: .tokens(sequence: sizes.context), BERT.encoder(sizes, base: "bert")
    ).constructed(.bert)
  }
}
