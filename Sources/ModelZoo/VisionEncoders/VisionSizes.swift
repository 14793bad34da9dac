/// The sizes that nearly every transformer over patches has, with the defaults of its family.
struct VisionSizes: Sendable {
  var images: ImageSizes
  var features: Int
  var inner: Int
  var depth: Int
  var heads: Int
  var activation: String
  var epsilon: Double
  var dropout: Double
  var attentionDropout: Double

  /// What holds where the configuration is silent.
  struct Defaults: Sendable {
    var image = 224
    var patch = 16
    var features = 768
    var inner = 3072
    var depth = 12
    var heads = 12
    var epsilon = 1e-12
    var activation = "gelu"
    var dropout = 0.0
  }

  init(_ c: Configuration, _ standard: Defaults) throws(ConfigurationError) {
    images = try c.imageSizes(image: standard.image, patch: standard.patch)
    features = try c.size("hidden_size", default: standard.features)
    inner = try c.size("intermediate_size", default: standard.inner)
    depth = try c.depth("num_hidden_layers", default: standard.depth)
    heads = try c.size("num_attention_heads", default: standard.heads)
    activation = try c.text("hidden_act", default: standard.activation)
    epsilon = try c.number("layer_norm_eps", default: standard.epsilon)
    dropout = try c.number("hidden_dropout_prob", default: standard.dropout)
    attentionDropout = try c.number(
      "attention_probs_dropout_prob", "attention_dropout", default: standard.dropout)
    guard features % heads == 0 else {
      throw .contradiction("\(c.path)\(features) features cannot be split into \(heads) heads")
    }
  }

  /// Layer normalization of the tokens.
  var norm: FeatureNormalization {
    FeatureNormalization(kind: .layer(bias: true), features: features, epsilon: epsilon)
  }

  var attention: TokenAttention {
    TokenAttention(features: features, heads: heads, dropout: attentionDropout)
  }

  var feedForward: PlainFeedForward {
    PlainFeedForward(features: features, inner: inner, activation: activation)
  }
}
