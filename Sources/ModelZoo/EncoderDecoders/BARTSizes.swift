import ModelGraph

/// The sizes of BART and its descendants; what is set here is BART's default.
struct BARTSizes: Sendable {
  var vocabulary = 50265

  /// The tokens of the target where they are not those of the source.
  var targetVocabulary: Int?
  var features = 1024
  var encoder = Stack(depth: 12, inner: 4096, heads: 16)
  var decoder = Stack(depth: 12, inner: 4096, heads: 16)

  /// The most places of a source and of a target.
  var context = 1024
  var targetContext: Int?
  var activation = "gelu"
  var dropout = 0.1
  var attentionDropout = 0.0
  var headDropout = 0.0
  var isScaled = false
  var isTied = true
  var labels = 2
  var task = EncoderDecoderTask.generation

  // MARK: What families differ in
  var positions = Positions.learned(offset: 2)

  /// Whether branches are normalized before, and the stacks after all.
  var isNormalizedFirst = false
  var hasFinalNorm = false

  /// Whether the embeddings are normalized.
  var hasEmbeddingNorm = true

  /// Whether a number for each token is kept beside the head.
  var hasTokenState = true
  var attentionBias = true

  /// The name of the decoder's attention to the source.
  var crossAttention = "encoder_attn"

  /// The module of a block's network, and the name of its normalization.
  var network = ""
  var networkNorm = "final_layer_norm"
  var crossNorm = "encoder_attn_layer_norm"
  var experts: ExpertRouting?
  var routerBias = false

  /// Every so many layers of a stack one has experts.
  var sparseSteps = (encoder: 0, decoder: 0)

  /// One of the two stacks.
  struct Stack: Hashable, Sendable {
    var depth: Int
    var inner: Int
    var heads: Int
  }

  enum Positions: Hashable, Sendable {
    /// A table with so many rows in front of the first place.
    case learned(offset: Int)

    /// A table that is computed and kept as a parameter.
    case waves

    /// A table that is computed and kept as state, with so many rows more.
    case waveState(offset: Int, name: String)
  }
}

extension BARTSizes {
  init(_ c: Configuration, _ standard: BARTSizes) throws(ConfigurationError) {
    self = standard
    vocabulary = try c.size("vocab_size", default: vocabulary)
    features = try c.size("d_model", "hidden_size", default: features)
    encoder = try Self.stack(c, "encoder", encoder)
    decoder = try Self.stack(c, "decoder", decoder)
    context = try c.size("max_position_embeddings", default: context)
    activation = try c.text("activation_function", default: activation)
    dropout = try c.number("dropout", default: dropout)
    attentionDropout = try c.number("attention_dropout", default: attentionDropout)
    headDropout = try c.number("classifier_dropout", default: headDropout)
    isScaled = try c.flag("scale_embedding", default: isScaled)
    isTied = try c.flag("tie_word_embeddings", default: isTied)
    labels = c.has("id2label") || c.has("num_labels") ? try c.labelCount : labels
    task = try c.encoderDecoderTask
    for (name, stack) in [("encoder", encoder), ("decoder", decoder)] {
      guard features % stack.heads == 0 else {
        throw .contradiction(
          "\(features) features cannot be shared by the \(name)'s \(stack.heads) heads evenly")
      }
    }
  }

  private static func stack(
    _ c: Configuration, _ name: String, _ standard: Stack
  ) throws(ConfigurationError) -> Stack {
    Stack(
      depth: try c.depth("\(name)_layers", "num_\(name)_layers", default: standard.depth),
      inner: try c.size("\(name)_ffn_dim", default: standard.inner),
      heads: try c.size(
        "\(name)_attention_heads", "num_\(name)_attention_heads", default: standard.heads))
  }

  var norm: FeatureNormalization {
    FeatureNormalization(kind: .layer(bias: true), features: features, epsilon: 1e-5)
  }

}
