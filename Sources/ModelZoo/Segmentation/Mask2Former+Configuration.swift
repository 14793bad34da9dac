import ModelGraph

extension Mask2Former {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "Mask2FormerForUniversalSegmentation")
    try c.requireClass(name, endingIn: ["ForUniversalSegmentation", "Mask2FormerModel"])
    let (backbone, images) = try backbone(c)
    let pixels = try pixels(c)
    let features = try c.size("hidden_dim", "hidden_size", default: 256)
    let isForced = try c.flag("enforce_input_projection", default: false)
    let model = Mask2Former(
      backbone: backbone, pixels: pixels, features: features,
      inner: try c.size("dim_feedforward", default: 2048), heads: pixels.heads,
      depth: try c.depth("decoder_layers", default: 10) - 1,
      queries: try c.size("num_queries", default: 100),
      activation: try c.text("activation_function", default: "relu"),
      dropout: try c.number("dropout", default: 0),
      isNormalizedFirst: try c.flag("pre_norm", default: false),
      projects: isForced || pixels.features != features,
      labels: name.hasSuffix("Model") ? nil : try c.labelCount)
    guard model.depth >= 0, backbone.widths.count >= max(levels, pixels.finer) else {
      throw .contradiction(
        "decoder_layers must be at least 1 and the backbone give \(max(levels, pixels.finer)) maps, "
          + "found \(backbone.widths.count)")
    }
    guard features % model.heads == 0, pixels.features % 32 == 0,
      pixels.features % pixels.heads == 0
    else {
      throw .contradiction(
        "\(features) and \(pixels.features) features cannot be split into \(model.heads) heads, or "
          + "into 32 groups")
    }
    return Blueprint(network: model, input: images)
  }

  private static func pixels(_ c: Configuration) throws(ConfigurationError) -> Pixels {
    let strides = try c.sizes("feature_strides", in: 1...1024) ?? [4, 8, 16, 32]
    let common = try c.size("common_stride", default: 4, in: 1...1024)
    let finest = strides.suffix(levels).min() ?? common
    return Pixels(
      features: try c.size("feature_size", default: 256),
      masks: try c.size("mask_feature_size", default: 256),
      inner: try c.size("encoder_feedforward_dim", default: 1024),
      depth: try c.depth("encoder_layers", default: 6),
      heads: try c.size("num_attention_heads", default: 8),
      finer: halvings(from: finest, to: common), dropout: try c.number("dropout", default: 0))
  }

  /// How often a stride can be halved until it is no longer above another one.
  private static func halvings(from stride: Int, to common: Int) -> Int {
    var (count, stride) = (0, stride)
    while stride / 2 >= common {
      stride /= 2
      count += 1
    }
    return count
  }

  /// The backbone, and the images that it takes.
  private static func backbone(
    _ c: Configuration
  ) throws(ConfigurationError) -> (any FeaturePyramid, Architecture.Input) {
    guard let part = try c.partIfAny("backbone_config") else {
      let swin = try ConfiguredSwin(
        Configuration(standing: ["image_size": 224], path: c.path), isSecond: false)
      var standard = swin
      standard.depths = [2, 2, 18, 2]
      return (try SwinBackbone(c, standard: standard), standard.images.input)
    }
    let type = try part.text("model_type", default: "swin")
    guard type == "swin" else {
      throw .unknownPart(key: "\(part.path)model_type", name: String(type.prefix(64)))
    }
    let backbone = try SwinBackbone(part)
    return (backbone, backbone.swin.images.input)
  }
}
