// "Aya Vision", Dash et al., 2025. <https://arxiv.org/abs/2505.08751>
// "ViP-LLaVA", Cai et al., 2023. <https://arxiv.org/abs/2312.00784>
// "Video-LLaVA", Lin et al., 2023. <https://arxiv.org/abs/2311.10122>

import ModelGraph

/// SigLIP, squares of patches through a gated map, and Cohere's language model.
enum AyaVision {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let language = try c.language(
      try c.part("text_config"), default: "cohere2", ties: .init(standard: true))
    var standard = SigLIP.largeSizes
    standard["num_attention_heads"] = 14
    let vision = try c.part("vision_config", or: standard)
    let parts = try LLaVA.Parts(
      language: language, vision: vision, type: "siglip_vision_model", tap: -1, of: c)
    let features = language.decoder.features
    let projector = Projector(
      inputs: parts.tower.features, side: try c.size("downsample_factor", default: 2, in: 1...64),
      inner: try c.size("alignment_intermediate_size", default: features, in: 2...(1 << 26)),
      outputs: features, epsilon: try c.number("adapter_layer_norm_eps", default: 1e-6))
    return language.blueprint(
      ImageTextModel(
        tower: parts.tower, projector: projector.named("multi_modal_projector"),
        language: language.decoder))
  }

  struct Projector: Layer {
    var inputs: Int
    var side: Int
    var inner: Int
    var outputs: Int
    var epsilon: Double

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let wide = inputs * side * side
      let rows = max(1, x.size(1) / (side * side))
      let joined = graph.opaque(
        "PixelsAsFeatures", [x],
        gives: [TensorType(x.type.dataType, [x.size(0), rows, wide])])[0]
      let opened = Sequential {
        LayerNorm(wide, epsilon: epsilon).named("layernorm")
        Linear(wide, inner).named("linear_1")
      }(joined, in: &graph)
      let half = inner / 2
      let gate = graph.narrow(opened, axis: 2, from: half, to: 2 * half)
      let gated = graph.multiply(
        graph.apply("Silu", gate), graph.narrow(opened, axis: 2, from: 0, to: half))
      return Linear(half, outputs).named("linear_2")(gated, in: &graph)
    }
  }
}

extension LLaVA {
  /// LLaVA that takes the outputs of several layers, normalized.
  static func manyLayers(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let language = try c.language(try c.part("text_config"), default: "llama", ties: .init())
    let vision = try c.part("vision_config", or: clipSizes)
    let depth = try vision.depth("num_hidden_layers", default: 12)
    // The key had an s once.
    let key = c.has("vision_feature_layer") ? "vision_feature_layer" : "vision_feature_layers"
    let taps =
      c.has(key) ? try c.taps(key, default: -2, depth: depth) : [-2, -5, -8, -11, 6]
    let tower = try vision.tower(default: "clip_vision_model", taps: taps)
    let (inputs, features) = (tower.features * max(1, taps.count), language.decoder.features)
    let activation = try c.text("projector_hidden_act", default: "gelu")
    let epsilon = try c.number("projector_layernorm_eps", default: 1e-5)
    let projector = Sequential {
      LayerNorm(inputs, epsilon: epsilon).named("projector_layernorm")
      PlainProjector(
        inputs: inputs, inner: features, outputs: features, activation: activation)
    }
    return language.blueprint(
      ImageTextModel(
        tower: tower, projector: projector.named("multi_modal_projector"),
        language: language.decoder))
  }

  /// LLaVA with an encoder for images and one for the pictures of films.
  static func films(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var standard = clipSizes
    standard["image_size"] = 224
    let language = try c.language(try c.part("text_config"), default: "llama", ties: .init())
    let parts = try Parts(
      language: language, vision: try c.part("vision_config", or: standard),
      type: "clip_vision_model", tap: -2, of: c)
    let features = language.decoder.features
    let projector = PlainProjector(
      inputs: parts.inputs, inner: features, outputs: features,
      activation: try c.text("projector_hidden_act", default: "gelu"),
      bias: try c.flag("multimodal_projector_bias", default: true))
    let twin = Idle(layer: parts.tower.layer, images: parts.tower.images)
    return language.blueprint(
      ImageTextModel(
        tower: parts.tower, towerName: "image_tower",
        projector: projector.named("multi_modal_projector"), language: language.decoder,
        companions: [twin.named("video_tower")]))
  }

  /// An encoder that this run does not use.
  struct Idle: Layer {
    var layer: any Layer
    var images: ImageSizes

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      graph.parametersOnly { graph in
        layer(graph.input("frames", images.type(batch: 1)), in: &graph)
      }
      return x
    }
  }
}
