// "ConvBERT: Improving BERT with Span-based Dynamic Convolution", Jiang et al., 2020.
// <https://arxiv.org/abs/2008.02496>

import ModelGraph

/// BERT half of whose heads are convolutions with kernels made of the text.
enum ConvBERT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(c, EncoderSizes(embeddingFeatures: 768))
    let mixer = try SpanMixer(c, sizes)
    let groups = try c.size("num_groups", default: 1)
    let stack = Sequential {
      EncoderEmbeddings(sizes).named("embeddings")
      if sizes.embedded != sizes.features {
        Linear(sizes.embedded, sizes.features).named("embeddings_project")
      }
      Repeat(sizes.depth) { _ in block(sizes, mixer, groups: groups) }.named("encoder.layer")
    }
    let network = Encoder(base: "convbert", stack: stack, head: head(sizes))
    return Blueprint(network: network, input: sizes.input())
  }

  private static func block(
    _ sizes: EncoderSizes, _ mixer: SpanMixer, groups: Int
  ) -> EncoderBlock {
    var branches = [mixed(sizes, mixer, module: "attention")]
    if sizes.attendsElsewhere {
      branches.append(mixed(sizes, mixer, module: "crossattention"))
      branches[1].isIdle = true
    }
    branches.append(network(sizes, groups: groups))
    return EncoderBlock(branches: branches, norm: sizes.norm, dropout: sizes.dropout)
  }

  private static func mixed(
    _ sizes: EncoderSizes, _ mixer: SpanMixer, module: String
  ) -> EncoderBlock.Branch {
    var branch = BERT.branch(mixer, sizes, module: module)
    branch.inner = sizes.features
    return branch
  }

  private static func network(_ sizes: EncoderSizes, groups: Int) -> EncoderBlock.Branch {
    guard groups > 1 else { return BERT.network(sizes) }
    return EncoderBlock.Branch(
      body: Sequential {
        GroupedLinear(inputs: sizes.features, outputs: sizes.inner, groups: groups)
          .named("intermediate.dense")
        NamedActivation(name: sizes.activation)
        GroupedLinear(inputs: sizes.inner, outputs: sizes.features, groups: groups)
          .named("output.dense")
      }, inner: sizes.inner, module: "output", norm: "LayerNorm")
  }

  private static func head(_ sizes: EncoderSizes) -> Encoder.Head? {
    switch sizes.task {
    case .none: nil
    case .sequenceClassification:
      Encoder.onTokens(
        HiddenClassifier(
          features: sizes.features, labels: sizes.labels, activation: sizes.activation,
          dropout: sizes.headDropout ?? sizes.dropout
        ).named("classifier"))
    case .multipleChoice:
      Encoder.onTokens(
        Sequential {
          FirstToken()
          sizes.classifier(1)
        })
    case .tokenClassification: Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: Encoder.onTokens(sizes.answers)
    case .maskedTokens, .nextToken, .preTraining, .nextSentence:
      Encoder.onTokens(ELECTRA.generator(sizes, base: "convbert"))
    }
  }
}

/// Heads that attend, and beside them as many that are convolutions.
private struct SpanMixer: Layer {
  var features: Int
  var heads: Int
  var width: Int
  var kernel: Int

  init(_ c: Configuration, _ sizes: EncoderSizes) throws(ConfigurationError) {
    features = sizes.features
    heads = max(1, sizes.heads / (try c.size("head_ratio", default: 2)))
    kernel = try c.size("conv_kernel_size", default: 9)
    guard features % heads == 0 else {
      throw .contradiction("\(features) features cannot be split into \(heads) heads")
    }
    width = features / heads / 2
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let inner = heads * width
    let parts = ["query", "key", "value"].map {
      Linear(features, inner).named($0)(x, in: &graph)
    }
    let separated = graph.scoped("key_conv_attn_layer") { graph in
      graph.opaque(
        "SeparableConvolution",
        [
          x, graph.parameter("depthwise.weight", [features, 1, kernel]),
          graph.parameter("pointwise.weight", [inner, features, 1]),
          graph.parameter("bias", [inner, 1]),
        ], gives: [parts[0].type], layer: .convolution)[0]
    }
    let kernels = Linear(inner, heads * kernel).named("conv_kernel_layer")(
      graph.multiply(separated, parts[0]), in: &graph)
    let values = Linear(features, inner).named("conv_out_layer")(x, in: &graph)
    let type = TensorType(x.type.dataType, [x.size(0), x.size(1), 2 * inner])
    return graph.opaque(
      "SpanAttention", parts + [kernels, values], gives: [type], layer: .attention)[0]
  }
}

/// A linear map of each group of features by itself.
private struct GroupedLinear: Layer {
  var inputs: Int
  var outputs: Int
  var groups: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let weight = graph.parameter("weight", [groups, inputs / groups, outputs / groups])
    let bias = graph.parameter("bias", [outputs])
    let type = TensorType(x.type.dataType, [x.size(0), x.size(1), outputs])
    return graph.opaque("GroupedLinear", [x, weight, bias], gives: [type], layer: .linear)[0]
  }
}
