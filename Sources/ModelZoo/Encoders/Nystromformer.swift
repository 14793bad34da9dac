// "Nyströmformer: A Nyström-Based Algorithm for Approximating Self-Attention", Xiong et al., 2021.
// <https://arxiv.org/abs/2102.03902>

import ModelGraph

/// BERT whose attention goes by way of a few landmarks, with a convolution of the values beside it.
enum Nystromformer {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(
      c, EncoderSizes(vocabulary: 30000, context: 510, activation: "gelu_new", epsilon: 1e-5))
    let kernel =
      c.isNull("conv_kernel_size") ? nil : try c.size("conv_kernel_size", default: 65)
    var embeddings = EncoderEmbeddings(sizes)
    embeddings.rowsBefore = 2
    let opening = embeddings
    let attention = LandmarkAttention(inner: BERT.attention(sizes), kernel: kernel)
    let block = EncoderBlock(
      branches: [
        BERT.branch(attention, sizes, module: "attention"), BERT.network(sizes),
      ], norm: sizes.norm, dropout: sizes.dropout)
    let stack = Sequential {
      opening.named("embeddings")
      Repeat(sizes.depth) { _ in block }.named("encoder.layer")
    }
    let network = Encoder(base: "nystromformer", stack: stack, head: head(sizes))
    return Blueprint(network: network, input: sizes.input())
  }

  private static func head(_ sizes: EncoderSizes) -> Encoder.Head? {
    switch sizes.task {
    case .none: nil
    case .sequenceClassification:
      Encoder.onTokens(
        HiddenClassifier(
          features: sizes.features, labels: sizes.labels, activation: sizes.activation,
          dropout: sizes.dropout
        ).named("classifier"))
    case .multipleChoice:
      Encoder.onTokens(
        Sequential {
          FirstTokenPooler(
            features: sizes.features, name: "pre_classifier", activation: "relu")
          Linear(sizes.features, 1).named("classifier")
        })
    case .tokenClassification: Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: Encoder.onTokens(sizes.answers)
    case .maskedTokens, .nextToken, .preTraining, .nextSentence:
      Encoder.onTokens(BERT.predictions(sizes, base: "nystromformer"))
    }
  }
}

/// Attention by way of landmarks, and a convolution over the places of each head's values.
private struct LandmarkAttention: Layer {
  var inner: Attention
  var kernel: Int?

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var attention = inner
    attention.kernel = .opaque("LandmarkAttention")
    let mixed = attention(x, in: &graph)
    guard let kernel else { return mixed }
    let filters = graph.parameter("conv.weight", [inner.heads, 1, kernel, 1])
    return graph.opaque(
      "ConvolutionOfValues", [mixed, filters], gives: [mixed.type], layer: .convolution)[0]
  }
}
