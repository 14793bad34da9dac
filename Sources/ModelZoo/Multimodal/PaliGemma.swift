// "PaliGemma: A versatile 3B VLM for transfer", Beyer et al., 2024. <https://arxiv.org/abs/2407.07726>
// "Gemma 3 Technical Report", 2025. <https://arxiv.org/abs/2503.19786>

import ModelGraph

/// SigLIP, one linear map, and Gemma.
enum PaliGemma {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let language = try c.language(
      try c.part("text_config", or: languageSizes), default: "gemma", ties: .init(standard: true))
    let tower = try c.part("vision_config", or: visionSizes).tower(
      default: "siglip_vision_model")
    let projector = Linear(tower.features, try c.size("projection_dim", default: 2048))
    let model = ImageTextModel(
      tower: tower, projector: projector.named("multi_modal_projector.linear"),
      language: language.decoder)
    return language.blueprint(model)
  }

  private static let languageSizes: [String: Int?] = [
    "hidden_size": 2048, "num_hidden_layers": 18, "intermediate_size": 16384,
    "num_attention_heads": 8, "num_key_value_heads": 1, "vocab_size": 257152,
  ]

  private static let visionSizes: [String: Int?] = [
    "intermediate_size": 4096, "hidden_size": 1152, "patch_size": 14, "image_size": 224,
    "num_hidden_layers": 27, "num_attention_heads": 16, "vision_use_head": 0,
  ]
}

/// SigLIP, means over squares of patches with one matrix, and Gemma 3.
struct Gemma3Projector: Layer {
  var inputs: Int
  var outputs: Int
  var epsilon: Double

  /// The patches along each side of the map, and of a square that becomes one token.
  var grid: Extent
  var square: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let weight = graph.parameter("mm_input_projection_weight", [inputs, outputs])
    let means = AvgPool2d(kernel: square, stride: square)(
      graph.contiguous(graph.map(of: x, grid)), in: &graph)
    let normalized = FeatureNormalization(
      kind: .rootMeanSquareFromOne, features: inputs, epsilon: epsilon
    ).named("mm_soft_emb_norm")(graph.tokens(of: means), in: &graph)
    return graph.matrixProduct(normalized, weight)
  }
}

extension Gemma3 {
  static func multimodal(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let language = try c.language(
      try c.part("text_config"), default: "gemma3_text", ties: .init(standard: true))
    let vision = try c.part("vision_config")
    let tower = try vision.tower(default: "siglip_vision_model")
    let tokens = try c.size("mm_tokens_per_image", default: 256)
    let side = max(1, Int(Double(tokens).squareRoot()))
    let projector = Gemma3Projector(
      inputs: tower.features, outputs: language.decoder.features,
      epsilon: try vision.number("layer_norm_eps", default: 1e-6), grid: tower.images.grid,
      square: max(1, tower.images.grid.height / side))
    let model = ImageTextModel(
      tower: tower, projector: projector.named("multi_modal_projector"),
      language: language.decoder)
    return language.blueprint(model)
  }
}
