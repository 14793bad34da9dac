// "Smarter, Better, Faster, Longer: A Modern Bidirectional Encoder", Warner et al., 2024.
// <https://arxiv.org/abs/2412.13663>

import ModelGraph

/// Gated networks, rotary positions, and windows in most layers; normalized before each branch.
enum ModernBERT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let stack = try Stack(c)
    let network = Encoder(base: "model", stack: stack, head: try head(c, stack.sizes, stack.norm))
    return Blueprint(network: network, input: stack.sizes.input())
  }

  private struct Stack: Layer {
    let sizes: EncoderSizes
    let isSliding: [Bool]
    let hasBias: (attention: Bool, network: Bool, norm: Bool)
    let dropout: (embedding: Double, network: Double)

    init(_ c: Configuration) throws(ConfigurationError) {
      sizes = try EncoderSizes(
        c,
        EncoderSizes(
          vocabulary: 50368, inner: 1152, depth: 22, context: 8192, types: 0, epsilon: 1e-5,
          dropout: 0, attentionDropout: 0, headDropout: 0, padding: 50283))
      let step = try c.size("global_attn_every_n_layers", default: 3)
      isSliding = try c.windows(depth: sizes.depth, size: 1) { $0 % step != 0 }.map { $0 != nil }
      hasBias = (
        try c.flag("attention_bias", default: false), try c.flag("mlp_bias", default: false),
        try c.flag("norm_bias", default: false)
      )
      dropout = (
        try c.number("embedding_dropout", default: 0), try c.number("mlp_dropout", default: 0)
      )
    }

    var norm: FeatureNormalization {
      FeatureNormalization(
        kind: .layer(bias: hasBias.norm), features: sizes.features, epsilon: sizes.epsilon)
    }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let window = isSliding.contains(true) ? graph.hold(graph.apply("AttentionMask", x)) : nil
      let embedded = Sequential {
        Embedding(sizes.vocabulary, sizes.features).named("tok_embeddings")
        norm.named("norm")
        Dropout(dropout.embedding).named("drop")
      }.named("embeddings")(x, in: &graph)
      let tables = tables(length: x.size(1), in: &graph)
      var hidden = embedded
      for index in 0..<sizes.depth {
        let slides = isSliding[index]
        let block = block(
          index, window: slides ? window : nil, tables[slides ? 1 : 0] ?? RotaryTables(width: 0))
        hidden = block.named("layers.\(index)")(hidden, in: &graph)
      }
      return norm.named("final_norm")(hidden, in: &graph)
    }

    /// The tables of layers that see everything and of layers with a window, where there are any.
    private func tables(length: Int, in graph: inout GraphBuilder) -> [RotaryTables?] {
      zip(["full_attention", "sliding_attention"], [false, true]).map { kind, slides in
        guard isSliding.contains(slides) else { return nil }
        return graph.scoped("rotary_emb") { graph in
          RotaryEmbedding(
            width: sizes.width, tables: ["\(kind)_inv_freq", "\(kind)_original_inv_freq"])(
              length: length, in: &graph)
        }
      }
    }

    private func block(_ index: Int, window: Variable?, _ tables: RotaryTables) -> EncoderBlock {
      var attention = Attention(
        features: sizes.features, heads: sizes.heads, width: sizes.width, packed: "Wqkv",
        dropout: sizes.attentionDropout)
      attention.bias = hasBias.attention ? .init() : .none
      attention.offset = window
      attention.rotary = tables
      let branches = [
        EncoderBlock.Branch(
          body: attention.named("attn"), inner: sizes.allHeads, projection: "attn.Wo",
          norm: index == 0 ? nil : "attn_norm", bias: hasBias.attention),
        EncoderBlock.Branch(
          body: PackedGate(
            features: sizes.features, inner: sizes.inner, name: "Wi",
            activation: sizes.activation, bias: hasBias.network, dropout: dropout.network
          ).named("mlp"), inner: sizes.inner, projection: "mlp.Wo", norm: "mlp_norm",
          bias: hasBias.network),
      ]
      return EncoderBlock(
        branches: branches, norm: norm, isNormalizedFirst: true, dropout: sizes.dropout)
    }
  }

  private static func head(
    _ c: Configuration, _ sizes: EncoderSizes, _ norm: FeatureNormalization
  ) throws(ConfigurationError) -> Encoder.Head? {
    let activation = try c.text("classifier_activation", default: "gelu")
    let hasBias = try c.flag("classifier_bias", default: false)
    let hasTokenBias = try c.flag("decoder_bias", default: true)
    let transform = Sequential {
      Linear(sizes.features, sizes.features, bias: hasBias).named("dense")
      NamedActivation(name: activation).named("act")
      norm.named("norm")
    }.named("head")
    switch sizes.task {
    case .none: return nil
    case .sequenceClassification, .multipleChoice:
      let count = sizes.task == .multipleChoice ? 1 : sizes.labels
      return Encoder.onTokens(
        Sequential {
          FirstToken()
          transform
          sizes.classifier(count)
        })
    case .tokenClassification, .questionAnswering, .questionAnsweringByBeams:
      return Encoder.onTokens(
        Sequential {
          transform
          sizes.classifier(sizes.labels)
        })
    case .maskedTokens, .preTraining, .nextToken, .nextSentence:
      return Encoder.onTokens(
        Sequential {
          transform
          TokenProjection(
            features: sizes.features, vocabulary: sizes.vocabulary,
            table: sizes.isTied ? "model.embeddings.tok_embeddings.weight" : nil,
            bias: hasTokenBias ? .own : .none)
        })
    }
  }
}

/// One map up, whose halves are multiplied after one went through a nonlinearity.
struct PackedGate: Layer {
  var features: Int
  var inner: Int
  var name: String
  var activation: String
  var bias: Bool
  var dropout = 0.0

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let both = Linear(features, 2 * inner, bias: bias).named(name)(x, in: &graph)
    let parts = graph.chunk(both, into: 2, axis: both.shape.count - 1)
    let gated = NamedActivation(name: activation).named("act")(parts[0], in: &graph)
    return Dropout(dropout).named("drop")(graph.multiply(gated, parts[1]), in: &graph)
  }
}
