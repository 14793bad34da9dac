// "InternVL3", Zhu et al., 2025. <https://arxiv.org/abs/2504.10479>

import ModelGraph

/// BEiT's blocks with the parts in which InternVL's encoder of images differs.
struct InternVLVision: Layer {
  var sizes: VisionSizes
  var bias: Bool
  var normalizesHeads: Bool
  var hasMaskToken: Bool
  var hasPlaces: Bool
  var poolsMean: Bool
  var taps: [Int] = []

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let features = sizes.features
    let embedding = PatchEmbedding(
      sizes: sizes.images, features: features, tokens: [.one("cls_token", features)],
      places: hasPlaces ? .tensor(name: "position_embeddings") : .none,
      unused: hasMaskToken ? [.one("mask_token", features)] : [], dropout: sizes.dropout)
    let embedded = embedding.named("embeddings")(x, in: &graph)
    let block = block
    var stack = TokenStack(depth: sizes.depth, name: "encoder.layer") { _ in block }
    stack.taps = taps
    let states = stack.run(embedded, in: &graph)
    let last = states.last ?? embedded
    let closed =
      poolsMean
      ? last
      : FeatureNormalization(
        kind: .layer(bias: true), features: features, epsilon: sizes.epsilon
      ).named("layernorm")(last, in: &graph)
    let chosen = taps == [-1] ? closed : stack.tapped(states).first ?? closed
    return graph.narrow(chosen, axis: 1, from: 1, to: chosen.size(1))
  }

  var norm = FeatureNormalization.Kind.layer(bias: true)

  private var block: TokenBlock {
    var attention = sizes.attention
    attention.names = .init(output: "projection_layer")
    attention.biases = .init(query: bias, key: bias, value: bias)
    if normalizesHeads {
      attention.wideNorm = FeatureNormalization(kind: .rootMeanSquare, features: sizes.features)
    }
    var block = TokenBlock(
      attention: attention, feedForward: sizes.feedForward,
      norm: FeatureNormalization(kind: norm, features: sizes.features, epsilon: sizes.epsilon),
      names: .vit, dropout: sizes.dropout)
    block.scaling = .init(first: "lambda_1", second: "lambda_2")
    return block
  }

  static func tower(
    _ c: Configuration, _ taps: [Int]
  ) throws(ConfigurationError) -> ImageTower {
    let sizes = try VisionSizes(
      c,
      .init(
        image: 448, patch: 14, features: 1024, inner: 4096, depth: 24, heads: 16, epsilon: 1e-6))
    var vision = InternVLVision(
      sizes: sizes, bias: try c.flag("attention_bias", default: false),
      normalizesHeads: try c.flag("use_qk_norm", default: false),
      hasMaskToken: try c.flag("use_mask_token", default: false),
      hasPlaces: try c.flag("use_absolute_position_embeddings", default: true),
      poolsMean: try c.flag("use_mean_pooling", default: true), taps: taps)
    if try c.choice("norm_type", default: "layer_norm", of: ["layer_norm", "rms_norm"])
      == "rms_norm"
    {
      vision.norm = .rootMeanSquare
    }
    return ImageTower(layer: vision, features: sizes.features, images: sizes.images)
  }

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let tower = try tower(c, [])
    return Blueprint(network: tower.layer, input: tower.images.input)
  }
}

/// InternVL: squares of patches as one token, normalized, through two maps to a language model.
enum InternVL {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let language = try c.language(
      try c.part("text_config"), default: "qwen2", ties: .init(standard: true))
    let vision = try c.part("vision_config")
    let depth = try vision.depth("num_hidden_layers", default: 24)
    let taps = try c.taps("vision_feature_layer", default: -1, depth: depth)
    let tower = try vision.tower(default: "internvl_vision", taps: taps)
    let ratio = try c.number("downsample_ratio", default: 0.5)
    guard ratio > 1.0 / 64, ratio <= 1 else {
      throw .contradiction("\(c.path)downsample_ratio must be above 0 and at most 1")
    }
    let projector = Squares(
      features: tower.features, side: Int(1 / ratio), outputs: language.decoder.features,
      activation: try c.text("projector_hidden_act", default: "gelu"))
    return language.blueprint(
      ImageTextModel(
        tower: tower, projector: projector.named("multi_modal_projector"),
        language: language.decoder))
  }

  struct Squares: Layer {
    var features: Int
    var side: Int
    var outputs: Int
    var activation: String

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let wide = features * side * side
      let rows = max(1, x.size(1) / (side * side))
      let joined = graph.opaque(
        "PixelsAsFeatures", [x],
        gives: [TensorType(x.type.dataType, [x.size(0), rows, wide])])[0]
      return Sequential {
        LayerNorm(wide).named("layer_norm")
        PlainProjector(inputs: wide, inner: outputs, outputs: outputs, activation: activation)
      }(joined, in: &graph)
    }
  }
}
