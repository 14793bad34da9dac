// "Visual Instruction Tuning", Liu et al., 2023. <https://arxiv.org/abs/2304.08485>
// "LLaVA-OneVision", Li et al., 2024. <https://arxiv.org/abs/2408.03326>

import ModelGraph

/// Two linear maps, `linear_1` and `linear_2`, with a nonlinearity between.
struct PlainProjector: CompositeLayer {
  var inputs: Int
  var inner: Int
  var outputs: Int
  var activation = "gelu"
  var bias = true

  var body: some Layer {
    Linear(inputs, inner, bias: bias).named("linear_1")
    NamedActivation(name: activation).named("act")
    Linear(inner, outputs, bias: bias).named("linear_2")
  }
}

/// An encoder of images, a projector of two layers, and a language model.
enum LLaVA {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try blueprint(c, try parts(c, ties: .init(followsText: true)))
  }

  /// An image in several parts beside its whole, with a learned vector at the end of each row.
  static func next(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try blueprint(c, try parts(c, ties: .init()), endsRows: true)
  }

  /// The same for films, with means over the patches of their pictures.
  static func nextFilms(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try blueprint(c, try parts(c, ties: .init(followsText: true)), endsRows: true)
  }

  /// The encoder of SigLIP, all of whose layers are used, and Qwen 2.
  static func oneVision(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let vision = try c.part("vision_config", or: SigLIP.largeSizes)
    let parts = try Parts(
      language: c.language(
        try c.part("text_config"), default: "qwen2", ties: .init(followsText: true)),
      vision: vision, type: "siglip_vision_model", tap: -1, of: c)
    return try blueprint(c, parts, endsRows: true)
  }

  /// The sizes of CLIP's large encoder for images of 336 × 336.
  static let clipSizes: [String: Int?] = [
    "intermediate_size": 4096, "hidden_size": 1024, "patch_size": 14, "image_size": 336,
    "num_hidden_layers": 24, "num_attention_heads": 16, "projection_dim": 768,
  ]

  struct Parts {
    var language: DecoderBlueprint
    var tower: ImageTower

    /// The features that reach the projector, of all layers that are taken.
    var inputs: Int

    init(
      language: DecoderBlueprint, vision: Configuration, type: String, tap: Int,
      of c: Configuration
    ) throws(ConfigurationError) {
      self.language = language
      let depth = try vision.depth("num_hidden_layers", default: 12)
      let taps = try c.taps("vision_feature_layer", default: tap, depth: depth)
      tower = try vision.tower(default: type, taps: taps)
      inputs = tower.features * max(1, taps.count)
    }
  }

  private static func parts(
    _ c: Configuration, ties: Configuration.Ties
  ) throws(ConfigurationError) -> Parts {
    try Parts(
      language: c.language(try c.part("text_config"), default: "llama", ties: ties),
      vision: try c.part("vision_config", or: clipSizes), type: "clip_vision_model", tap: -2,
      of: c)
  }

  private static func blueprint(
    _ c: Configuration, _ parts: Parts, endsRows: Bool = false
  ) throws(ConfigurationError) -> Blueprint {
    let features = parts.language.decoder.features
    let projector = PlainProjector(
      inputs: parts.inputs, inner: features, outputs: features,
      activation: try c.text("projector_hidden_act", default: "gelu"),
      bias: try c.flag("multimodal_projector_bias", default: true))
    let model = ImageTextModel(
      tower: parts.tower, projector: projector.named("multi_modal_projector"),
      language: parts.language.decoder, companions: endsRows ? [RowEnds(features: features)] : [])
    return parts.language.blueprint(model)
  }
}

/// A learned vector put in at the end of each row of patches.
struct RowEnds: Layer {
  var features: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let ending = graph.parameter("image_newline", [features])
    return graph.opaque("RowEnds", [x, ending], gives: [x.type])[0]
  }
}
