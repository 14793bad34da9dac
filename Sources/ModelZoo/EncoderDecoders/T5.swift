// "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer", Raffel et al.,
// 2020. <https://arxiv.org/abs/1910.10683>
// "mT5", Xue et al., 2021. <https://arxiv.org/abs/2010.11934>
// "UniMax" (umT5), Chung et al., 2023. <https://arxiv.org/abs/2304.09151>
// "LongT5", Guo et al., 2022. <https://arxiv.org/abs/2112.07916>

import ModelGraph

/// An encoder and a decoder whose layers share a number for each distance; the head is always tied.
enum T5 {
  static func first(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try blueprint(c, T5Sizes(c, T5Sizes()))
  }

  static func multilingual(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try blueprint(c, T5Sizes(c, .multilingual))
  }

  /// The multilingual one, each of whose layers has numbers of its own.
  static func unimax(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try T5Sizes(c, .multilingual)
    sizes.hasOwnDistances = true
    return try blueprint(c, sizes)
  }

  /// Attention of the encoder to what is near only, perhaps also to means of blocks.
  static func long(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try T5Sizes(c, T5Sizes())
    let kind = try c.text("encoder_attention_type", default: "local")
    guard let reach = T5Sizes.Reach(rawValue: kind) else {
      throw .unknownChoice(
        key: "encoder_attention_type", found: kind, known: T5Sizes.Reach.allCases.map(\.rawValue))
    }
    sizes.reach = reach
    return try blueprint(c, sizes)
  }

  static func blueprint(
    _ c: Configuration, _ sizes: T5Sizes
  ) throws(ConfigurationError) -> Blueprint {
    let task = try c.encoderDecoderTask
    let isAlone = task.isEncoderAlone
    var network = EncoderDecoder()
    if task == .sequenceClassification || task == .tokenClassification {
      network.base = "transformer"
    }
    network.shared = { graph in _ = table(sizes, in: &graph) }
    network.encoder = T5Stack(sizes: sizes, isDecoder: sizes.encoderDecodes).named("encoder")
    if !isAlone {
      network.decoder = { T5Stack(sizes: sizes, isDecoder: true, source: $0).named("decoder") }
    }
    let dropout = try c.number("classifier_dropout", default: 0)
    network.head = head(task, sizes, try c.labelCount, dropout: dropout)
    let length = DecoderBlueprint.shownSequence / 2
    return Blueprint(
      network: network,
      input: isAlone
        ? .tokens(sequence: length) : .tokenPairs(sequence: length, target: length),
      cache: isAlone
        ? nil
        : .attending(
          depth: sizes.decoderDepth, heads: sizes.heads, width: sizes.width, source: length,
          context: length),
      experts: sizes.experts)
  }

  static func table(_ sizes: T5Sizes, in graph: inout GraphBuilder) -> Variable {
    let table = graph.parameter("shared.weight", [sizes.vocabulary, sizes.features])
    return sizes.isShared ? table : graph.table(table)
  }

  private static func head(
    _ task: EncoderDecoderTask, _ sizes: T5Sizes, _ labels: Int, dropout: Double
  ) -> (any Layer)? {
    switch task {
    case .none, .encoder: nil
    case .sequenceClassification:
      HiddenClassifier(features: sizes.features, labels: labels, dropout: dropout)
        .named("classification_head")
    case .tokenClassification:
      Sequential {
        Dropout(dropout).named("dropout")
        Linear(sizes.features, labels).named("classifier")
      }
    case .questionAnswering: Linear(sizes.features, labels).named("qa_outputs")
    case .generation, .nextToken: Generation(sizes: sizes)
    }
  }

  private struct Generation: Layer {
    let sizes: T5Sizes

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let scaled =
        sizes.isScaled ? graph.scale(x, by: 1 / Double(sizes.features).squareRoot()) : x
      return TokenProjection(
        features: sizes.features, vocabulary: sizes.vocabulary, name: "lm_head",
        table: sizes.isShared ? "\(graph.path.isEmpty ? "" : "\(graph.path).")shared.weight" : nil,
        bias: .none)(scaled, in: &graph)
    }
  }
}

/// The sizes of T5 and its descendants; what is set here is T5's default.
struct T5Sizes: Sendable {
  var vocabulary = 32128
  var features = 512
  var width = 64
  var inner = 2048
  var encoderDepth = 6
  var decoderDepth = 6
  var heads = 8
  var buckets = 32
  var activation = "relu"
  var isGated = false
  var dropout = 0.1
  var epsilon = 1e-6

  /// Whether the hidden states are scaled before tokens are told apart.
  var isScaled = true

  /// Whether both stacks and the head take one table of tokens.
  var isShared = true

  /// Whether each layer has its own numbers for distances.
  var hasOwnDistances = false
  var reach: Reach?
  var experts: ExpertRouting?
  var routerBias = false

  /// Whether a layer of the encoder, or of the decoder, has experts.
  var isSparse: @Sendable (_ index: Int, _ isDecoder: Bool) -> Bool = { _, _ in false }

  /// The name of a layer's network.
  var network = "DenseReluDense"

  /// Whether the encoder, alone, is built as a decoder is.
  var encoderDecodes = false

  /// How far the encoder's attention reaches, where it is not everywhere.
  enum Reach: String, CaseIterable, Sendable {
    case near = "local"
    case nearAndBlocks = "transient-global"
  }

  static let multilingual = T5Sizes(
    vocabulary: 250112, inner: 1024, encoderDepth: 8, decoderDepth: 8, heads: 6,
    activation: "gelu_new", isGated: true)
}

extension T5Sizes {
  init(_ c: Configuration, _ standard: T5Sizes) throws(ConfigurationError) {
    self = standard
    vocabulary = try c.size("vocab_size", default: vocabulary)
    features = try c.size("d_model", "hidden_size", default: features)
    width = try c.size("d_kv", "head_dim", default: width)
    inner = try c.size("d_ff", default: inner)
    encoderDepth = try c.depth("num_layers", "num_hidden_layers", default: encoderDepth)
    decoderDepth = try c.depth("num_decoder_layers", default: encoderDepth)
    heads = try c.size("num_heads", "num_attention_heads", default: heads)
    buckets = try c.size("relative_attention_num_buckets", default: buckets)
    dropout = try c.number("dropout_rate", default: dropout)
    epsilon = try c.number("layer_norm_epsilon", default: epsilon)
    isScaled = try c.flag("tie_word_embeddings", default: true)
    if c.has("feed_forward_proj") {
      let words = try c.text("feed_forward_proj", default: activation).split(separator: "-")
      isGated = words.first == "gated"
      activation = words.last.map(String.init) ?? activation
      if isGated, activation == "gelu" { activation = "gelu_new" }
    }
    // What follows from the field before counts only where nothing says it itself.
    isGated = try c.flag("is_gated_act", default: isGated)
    activation = try c.text("dense_act_fn", default: activation)
    if try c.encoderDecoderTask.isEncoderAlone, try c.flag("is_decoder", default: false) {
      encoderDecodes = true
      decoderDepth = encoderDepth
    }
  }

  var norm: FeatureNormalization {
    FeatureNormalization(kind: .rootMeanSquare, features: features, epsilon: epsilon)
  }
}
