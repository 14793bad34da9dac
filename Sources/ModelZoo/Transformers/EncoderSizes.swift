import ModelGraph

/// The sizes that nearly every encoder's configuration has; what is set here is BERT's default.
struct EncoderSizes: Sendable {
  var vocabulary = 30522
  var features = 768
  var inner = 3072
  var depth = 12
  var heads = 12

  /// The rows of the table of positions.
  var context = 512

  /// The kinds of parts that a text may have; none where the family tells no parts apart.
  var types = 2

  /// The width of the embeddings; that of the stack if `nil`.
  var embeddingFeatures: Int?
  var activation = "gelu"
  var epsilon = 1e-12
  var dropout = 0.1
  var attentionDropout = 0.1
  var headDropout: Double?
  var isTied = true

  /// Whether tokens see only those before, as in a decoder.
  var isCausal = false

  /// Whether each layer can also attend to another sequence.
  var attendsElsewhere = false

  /// The number of the token that fills up.
  var padding = 0
  var labels = 2
  var task = EncoderTask.maskedTokens
}

extension EncoderSizes {
  /// Reads the sizes; what the configuration does not say is as in `standard`.
  init(_ c: Configuration, _ standard: EncoderSizes = EncoderSizes()) throws(ConfigurationError) {
    self = standard
    vocabulary = try c.size("vocab_size", default: vocabulary)
    features = try c.size("hidden_size", "dim", "d_model", "n_embd", default: features)
    inner = try c.size("intermediate_size", "hidden_dim", "d_inner", "n_inner", default: inner)
    depth = try c.depth("num_hidden_layers", "n_layers", "n_layer", default: depth)
    heads = try c.size("num_attention_heads", "n_heads", "n_head", default: heads)
    context = try c.size("max_position_embeddings", "n_positions", default: context)
    types = try c.count("type_vocab_size", default: types)
    embeddingFeatures = try c.size(ifAny: "embedding_size") ?? embeddingFeatures
    try readDetails(c)
    guard features % heads == 0 || embeddingFeatures != nil else {
      throw .contradiction("\(features) features cannot be shared by \(heads) heads evenly")
    }
  }

  private mutating func readDetails(_ c: Configuration) throws(ConfigurationError) {
    activation = try c.text("hidden_act", "activation", "hidden_activation", default: activation)
    epsilon = try c.number("layer_norm_eps", "layer_norm_epsilon", "norm_eps", default: epsilon)
    dropout = try c.number("hidden_dropout_prob", "dropout", default: dropout)
    attentionDropout = try c.number(
      "attention_probs_dropout_prob", "attention_dropout", default: attentionDropout)
    headDropout = try c.number("classifier_dropout", default: headDropout ?? dropout)
    isTied = try c.flag("tie_word_embeddings", default: isTied)
    isCausal = try c.flag("is_decoder", default: isCausal)
    attendsElsewhere = try c.flag("add_cross_attention", default: attendsElsewhere)
    padding = try c.count("pad_token_id", default: padding)
    labels = try c.labelCount
    task = try c.encoderTask
  }

  /// The features of a head.
  var width: Int { features / heads }

  /// The features of all heads.
  var allHeads: Int { heads * width }

  /// The width of the embeddings.
  var embedded: Int { embeddingFeatures ?? features }

  var norm: FeatureNormalization {
    FeatureNormalization(kind: .layer(bias: true), features: features, epsilon: epsilon)
  }

  /// What every layer keeps of the tokens before, if it is a decoder.
  var cache: DecoderCache? {
    guard isCausal else { return nil }
    return DecoderCache(
      layers: Array(repeating: .attention(heads: heads, width: width), count: depth),
      maximumContext: context)
  }

  /// The input where nobody chooses a length.
  func input(longest: Int? = nil) -> Architecture.Input {
    .tokens(sequence: max(1, min(longest ?? context, DecoderBlueprint.shownSequence)))
  }
}
