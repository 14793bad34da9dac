import ModelGraph

extension ConfiguredSwin {
  static func first(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(c, isSecond: false, name: "swin")
  }

  static func second(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(c, isSecond: true, name: "swinv2")
  }

  init(_ c: Configuration, isSecond: Bool) throws(ConfigurationError) {
    images = try c.imageSizes(image: 224, patch: 4)
    features = try c.size("embed_dim", default: 96, in: 1...(1 << 16))
    depths = try c.sizes("depths", in: 0...Configuration.maximumDepth) ?? [2, 2, 6, 2]
    heads = try c.sizes("num_heads", in: 1...Configuration.maximumSize) ?? [3, 6, 12, 24]
    window = try c.size("window_size", default: 7, in: 1...256)
    ratio = try c.number("mlp_ratio", default: 4)
    qkvBias = try c.flag("qkv_bias", default: true)
    activation = try c.text("hidden_act", default: "gelu")
    epsilon = try c.number("layer_norm_eps", default: 1e-5)
    dropout = try c.number("hidden_dropout_prob", default: 0)
    attentionDropout = try c.number("attention_probs_dropout_prob", default: 0)
    dropPath = try c.number("drop_path_rate", default: 0.1)
    hasPlaces = try c.flag("use_absolute_embeddings", default: false)
    self.isSecond = isSecond
    try check(c)
  }

  private func check(_ c: Configuration) throws(ConfigurationError) {
    guard 1...8 ~= depths.count, heads.count >= depths.count else {
      throw .contradiction(
        "\(c.path)depths must have from 1 to 8 stages and num_heads a number for each")
    }
    try c.requireDepth(depths)
    guard ratio > 0, ratio <= 1024 else {
      throw .contradiction("\(c.path)mlp_ratio must be above 0 and at most 1024, found \(ratio)")
    }
    for (stage, count) in zip(depths.indices, heads) where (features << stage) % count != 0 {
      throw .contradiction(
        "\(c.path)\(features << stage) features cannot be split into \(count) heads")
    }
  }

  private static func model(
    _ c: Configuration, isSecond: Bool, name: String
  ) throws(ConfigurationError) -> Blueprint {
    var swin = try ConfiguredSwin(c, isSecond: isSecond)
    let task = try c.className(default: "ForImageClassification")
    try c.requireClass(
      task, endingIn: ["ForImageClassification", "ForMaskedImageModeling", "Model"])
    if task.hasSuffix("ForMaskedImageModeling") {
      swin.hasMaskToken = true
      let stride = try c.size("encoder_stride", default: 32, in: 1...1024)
      return Blueprint(
        network: Pixels(swin: swin, name: name, stride: stride), input: swin.images.input)
    }
    guard task.hasSuffix("ForImageClassification") else {
      return Blueprint(
        network: Sequential {
          swin
          TokenMean()
        }, input: swin.images.input)
    }
    let labels = try c.labelCount
    return Blueprint(
      network: Sequential {
        swin.named(name)
        TokenMean()
        Linear(swin.outputs, labels).named("classifier")
      }, input: swin.images.input)
  }

  /// The pixels of masked patches, by enlarging the last map.
  struct Pixels: Layer {
    var swin: ConfiguredSwin
    var name: String
    var stride: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let tokens = swin.named(name)(x, in: &graph)
      let map = graph.map(of: tokens, swin.lastGrid(of: x))
      return Sequential {
        Conv2d(swin.outputs, stride * stride * swin.images.channels, kernel: 1).named("0")
        PixelShuffle(factor: stride).named("1")
      }.named("decoder")(map, in: &graph)
    }
  }
}

/// The mean of all tokens.
struct TokenMean: Layer {
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.apply(
      "ReduceMean", x, attributes: ["axes": .integers([1]), "keepdims": .integer(0)])
  }
}
