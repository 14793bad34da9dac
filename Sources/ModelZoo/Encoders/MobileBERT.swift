// "MobileBERT: a Compact Task-Agnostic BERT for Resource-Limited Devices", Sun et al., 2020.
// <https://arxiv.org/abs/2004.02984>

import ModelGraph

/// A thin and deep BERT whose blocks are narrower inside than between them.
enum MobileBERT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(
      c,
      EncoderSizes(
        features: 512, inner: 512, depth: 24, heads: 4, embeddingFeatures: 128, activation: "relu",
        dropout: 0))
    let shape = try MobileBERTShape(c, sizes)
    let isPooled = [.none, .preTraining, .nextSentence, .sequenceClassification, .multipleChoice]
      .contains(sizes.task)
    let network = Encoder(
      base: "mobilebert", stack: MobileBERTStack(sizes: sizes, shape: shape),
      pooler: isPooled ? try pooler(c, sizes) : nil, head: head(sizes))
    return Blueprint(network: network, input: sizes.input())
  }

  private static func pooler(
    _ c: Configuration, _ sizes: EncoderSizes
  ) throws(ConfigurationError) -> any Layer {
    guard try c.flag("classifier_activation", default: true) else { return FirstToken() }
    return FirstTokenPooler(features: sizes.features)
  }

  private static func head(_ sizes: EncoderSizes) -> Encoder.Head? {
    let predictions = Predictions(sizes: sizes).named("cls.predictions")
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

  /// Tokens told apart by the narrow embeddings and more columns beside them.
  private struct Predictions: Layer {
    let sizes: EncoderSizes

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let transformed = PredictionTransform(
        features: sizes.features, outputs: sizes.features, activation: sizes.activation,
        epsilon: sizes.epsilon
      ).named("transform")(x, in: &graph)
      let (table, bias) = weights(in: &graph)
      var columns = graph.transpose(table, 0, 1)
      if sizes.features > sizes.embedded {
        let more = graph.scoped("dense") { graph in
          graph.parameter("weight", [sizes.features - sizes.embedded, sizes.vocabulary])
        }
        columns = graph.concatenate([columns, more], axis: 0)
      }
      return graph.add(graph.matrixProduct(transformed, columns), bias, inPlace: true)
    }

    private func weights(in graph: inout GraphBuilder) -> (Variable, Variable) {
      let shape = [sizes.vocabulary, sizes.embedded]
      let beside = graph.parameter("bias", [sizes.vocabulary])
      guard sizes.isTied else {
        return graph.scoped("decoder") { graph in
          (graph.parameter("weight", shape), graph.parameter("bias", [sizes.vocabulary]))
        }
      }
      let table = graph.parameter(path: "mobilebert.embeddings.word_embeddings.weight", shape)
      graph.scoped("decoder") { graph in
        graph.tie("weight", to: table)
        graph.tie("bias", to: beside)
      }
      return (table, beside)
    }
  }
}

/// What a configuration says of the blocks' insides.
struct MobileBERTShape: Sendable {
  /// The features inside of a block.
  let inside: Int
  let hasBottleneck: Bool

  /// Whether attention sees nothing but the narrow features.
  let isAttentionNarrow: Bool

  /// Whether queries and keys share narrow features of their own.
  let sharesQueriesAndKeys: Bool
  let networks: Int
  let hasTrigrams: Bool

  /// Whether normalization is a factor and an offset alone.
  let isNormSimple: Bool

  init(_ c: Configuration, _ sizes: EncoderSizes) throws(ConfigurationError) {
    hasBottleneck = try c.flag("use_bottleneck", default: true)
    let narrow = try c.size("intra_bottleneck_size", default: 128)
    inside = hasBottleneck ? narrow : sizes.features
    isAttentionNarrow = try c.flag("use_bottleneck_attention", default: false)
    sharesQueriesAndKeys = try c.flag("key_query_shared_bottleneck", default: true)
    networks = try c.depth("num_feedforward_networks", default: 4)
    hasTrigrams = try c.flag("trigram_input", default: true)
    isNormSimple =
      try c.choice("normalization_type", default: "no_norm", of: ["no_norm", "layer_norm"])
      == "no_norm"
  }
}
