// "Pixtral 12B", Agrawal et al., 2024. <https://arxiv.org/abs/2410.07073>

import ModelGraph

/// Mistral's encoder of images of any form: Llama's blocks, turned by rows and columns.
struct PixtralVision: Layer {
  var sizes: VisionSizes
  var width: Int
  var taps: [Int] = []

  private var norm: FeatureNormalization {
    FeatureNormalization(kind: .rootMeanSquare, features: sizes.features, epsilon: 1e-5)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let patches = sizes.images.patches(
      of: x, sizes.features, bias: false, named: "patch_conv", in: &graph)
    let opened = norm.named("ln_pre")(patches, in: &graph)
    let tables = graph.scoped("patch_positional_embedding") { rotary(opened, in: &$0) }
    let block = block(tables)
    var stack = TokenStack(depth: sizes.depth, name: "transformer.layers") { _ in block }
    stack.taps = taps
    return stack(opened, in: &graph)
  }

  private func rotary(_ x: Variable, in graph: inout GraphBuilder) -> RotaryTables {
    let count = width / 2
    let frequencies = ["inv_freq", "original_inv_freq"].map { graph.state($0, .float32, [count]) }
    let type = TensorType(graph.floatingType, [1, x.size(1), width])
    let tables = graph.opaque("AnglesByRowAndColumn", [frequencies[0]], gives: [type, type])
    return RotaryTables(cosine: tables[0], sine: tables[1], width: width)
  }

  private func block(_ tables: RotaryTables) -> TokenBlock {
    var attention = sizes.attention
    attention.names = .short
    attention.biases = .none
    attention.rotary = tables
    return TokenBlock(
      attention: attention,
      feedForward: GatedFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation),
      norm: norm,
      names: .init(
        attention: "attention", firstNorm: "attention_norm", feedForward: "feed_forward",
        secondNorm: "ffn_norm"))
  }

  static func tower(
    _ c: Configuration, _ taps: [Int]
  ) throws(ConfigurationError) -> ImageTower {
    let sizes = try VisionSizes(
      c, .init(image: 1024, features: 1024, inner: 4096, depth: 24, heads: 16))
    let width = try c.size("head_dim", default: sizes.features / sizes.heads)
    return ImageTower(
      layer: PixtralVision(sizes: sizes, width: width, taps: taps), features: sizes.features,
      images: sizes.images)
  }

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let tower = try tower(c, [])
    return Blueprint(network: tower.layer, input: tower.images.input)
  }
}

/// Squares of patches as one token, normalized first, then two maps.
struct Mistral3Projector: Layer {
  var features: Int
  var inputs: Int
  var outputs: Int
  var side: Int
  var activation: String
  var bias: Bool
  var epsilon: Double

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let normalized = FeatureNormalization(
      kind: .rootMeanSquare, features: features, epsilon: epsilon
    ).named("norm")(x, in: &graph)
    let wide = features * side * side
    let rows = max(1, x.size(1) / (side * side))
    let joined = graph.opaque(
      "SquaresOfPatches", [normalized],
      gives: [TensorType(x.type.dataType, [x.size(0), rows, wide])])[0]
    let merged = Linear(wide, features, bias: false).named("patch_merger.merging_layer")(
      joined, in: &graph)
    return Fitted(
      inputs: inputs,
      layer: PlainProjector(
        inputs: inputs, inner: outputs, outputs: outputs, activation: activation, bias: bias))(
        merged, in: &graph)
  }
}

/// Pixtral's encoder and Mistral.
enum Mistral3 {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let text = try c.part("text_config", or: languageSizes)
    let language = try c.language(text, default: "mistral", ties: .init(standard: true))
    let vision = try c.part("vision_config", or: visionSizes)
    let depth = try vision.depth("num_hidden_layers", default: 24)
    let taps = try c.taps("vision_feature_layer", default: -1, depth: depth)
    let tower = try vision.tower(default: "pixtral", taps: taps)
    let projector = Mistral3Projector(
      features: tower.features, inputs: tower.features * max(1, taps.count),
      outputs: language.decoder.features,
      side: try c.size("spatial_merge_size", default: 2, in: 1...64),
      activation: try c.text("projector_hidden_act", default: "gelu"),
      bias: try c.flag("multimodal_projector_bias", default: false),
      epsilon: try text.number("rms_norm_eps", default: 1e-6))
    return language.blueprint(
      ImageTextModel(
        tower: tower, projector: projector.named("multi_modal_projector"),
        language: language.decoder))
  }

  private static let languageSizes: [String: Int?] = [
    "head_dim": 128, "hidden_size": 5120, "intermediate_size": 32768,
    "max_position_embeddings": 131072, "num_attention_heads": 32, "num_hidden_layers": 40,
    "num_key_value_heads": 8, "sliding_window": nil, "vocab_size": 131072,
  ]

  private static let visionSizes: [String: Int?] = [
    "intermediate_size": 4096, "hidden_size": 1024, "patch_size": 14, "image_size": 1540,
    "num_hidden_layers": 24, "num_attention_heads": 16, "head_dim": 64,
  ]
}
