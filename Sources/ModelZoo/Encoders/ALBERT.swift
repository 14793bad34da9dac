// "ALBERT: A Lite BERT for Self-supervised Learning of Language Representations", Lan et al., 2020.
// <https://arxiv.org/abs/1909.11942>

import ModelGraph

/// BERT with narrow embeddings, whose layers share the weights of a few groups.
enum ALBERT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try EncoderSizes(
      c,
      EncoderSizes(
        vocabulary: 30000, features: 4096, inner: 16384, heads: 64, embeddingFeatures: 128,
        activation: "gelu_new", dropout: 0, attentionDropout: 0))
    sizes.headDropout = try c.number("classifier_dropout_prob", default: 0.1)
    let stack = Stack(
      sizes: sizes, groups: try c.size("num_hidden_groups", default: 1, in: 1...2048),
      layers: try c.depth("inner_group_num", default: 1))
    let isPooled = [.none, .preTraining, .sequenceClassification, .multipleChoice]
      .contains(sizes.task)
    let network = Encoder(
      base: "albert", stack: stack,
      pooler: isPooled ? FirstTokenPooler(features: sizes.features, name: "pooler") : nil,
      head: head(sizes))
    return Blueprint(network: network, input: sizes.input())
  }

  /// Embeddings made wide, then groups of layers, each used several times.
  private struct Stack: Layer {
    let sizes: EncoderSizes
    let groups: Int
    let layers: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let embedded = EncoderEmbeddings(sizes).named("embeddings")(x, in: &graph)
      return graph.scoped("encoder") { graph in
        let wide = Linear(sizes.embedded, sizes.features).named("embedding_hidden_mapping_in")
        var hidden = wide(embedded, in: &graph)
        for index in 0..<sizes.depth {
          hidden = group(min(groups - 1, index * groups / sizes.depth))(hidden, in: &graph)
        }
        for index in 0..<groups { graph.parametersOnly { group(index)(hidden, in: &$0) } }
        return hidden
      }
    }

    private func group(_ index: Int) -> some Layer {
      Repeat(layers) { _ in ALBERT.block(sizes) }
        .named("albert_layers").named("albert_layer_groups.\(index)")
    }
  }

  private static func block(_ sizes: EncoderSizes) -> EncoderBlock {
    let attention = Attention(
      features: sizes.features, heads: sizes.heads, width: sizes.width,
      names: .init(query: "query", key: "key", value: "value"), dropout: sizes.attentionDropout)
    let branches = [
      EncoderBlock.Branch(
        body: attention.named("attention"), inner: sizes.allHeads, module: "attention",
        projection: "dense", norm: "LayerNorm"),
      EncoderBlock.Branch(
        body: Sequential {
          Linear(sizes.features, sizes.inner).named("ffn")
          NamedActivation(name: sizes.activation).named("activation")
        }, inner: sizes.inner, projection: "ffn_output", norm: "full_layer_layer_norm"),
    ]
    return EncoderBlock(branches: branches, norm: sizes.norm, dropout: sizes.dropout)
  }

  private static func head(_ sizes: EncoderSizes) -> Encoder.Head? {
    let predictions = predictions(sizes)
    let order = sizes.classifier(sizes.labels).named("sop_classifier")
    switch sizes.task {
    case .none: return nil
    case .maskedTokens, .nextToken: return Encoder.onTokens(predictions)
    case .preTraining, .nextSentence:
      return { hidden, pooled, graph in
        graph.output(order(pooled, in: &graph))
        return predictions(hidden, in: &graph)
      }
    case .sequenceClassification: return Encoder.onText(sizes.classifier(sizes.labels))
    case .multipleChoice: return Encoder.onText(sizes.classifier(1))
    case .tokenClassification: return Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: return Encoder.onTokens(sizes.answers)
    }
  }

  private static func predictions(_ sizes: EncoderSizes) -> some Layer {
    Sequential {
      PredictionTransform(
        features: sizes.features, outputs: sizes.embedded, activation: sizes.activation,
        epsilon: sizes.epsilon)
      TokenProjection(
        features: sizes.embedded, vocabulary: sizes.vocabulary,
        table: sizes.isTied ? "albert.embeddings.word_embeddings.weight" : nil,
        bias: .beside("bias"))
    }.named("predictions")
  }
}
