// "A ConvNet for the 2020s", Liu et al., 2022. <https://arxiv.org/abs/2201.03545>
// "ConvNeXt V2", Woo et al., 2023. <https://arxiv.org/abs/2301.00808>

import ModelGraph

/// ConvNeXt as transformers writes it, of either generation.
struct ConfiguredConvNeXt: Layer {
  var channels: Int
  var patch: Extent
  var widths: [Int]
  var depths: [Int]
  var activation: String
  var epsilon: Double

  /// Whether each feature of a branch has a factor; the first generation's way.
  var hasScale: Bool

  /// Whether responses are normalized over the whole map; the second generation's way.
  var hasResponseNorm: Bool
  var dropPath: Double

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var y = graph.scoped("embeddings") { graph in
      Sequential {
        Conv2d(channels, widths[0], kernel: patch, stride: patch).named("patch_embeddings")
        LayerNorm2d(widths[0]).named("layernorm")
      }(x, in: &graph)
    }
    for stage in widths.indices {
      let input = y
      y = graph.scoped("encoder.stages.\(stage)") { self.stage(stage, input, in: &$0) }
    }
    let pooled = ImageMean()(y, in: &graph)
    return LayerNorm(widths.last ?? 1, epsilon: epsilon).named("layernorm")(pooled, in: &graph)
  }

  private func stage(_ index: Int, _ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let width = widths[index]
    var y = x
    if index > 0 {
      y =
        Numbered {
          LayerNorm2d(widths[index - 1])
          Conv2d(widths[index - 1], width, kernel: 2, stride: 2)
        }.named("downsampling_layer")(y, in: &graph)
    }
    let before = depths[..<index].reduce(0, +)
    let last = max(1, depths.reduce(0, +) - 1)
    return Repeat(depths[index]) { block in
      Block(
        network: self, width: width,
        chance: dropPath * Double(before + block) / Double(last))
    }.named("layers")(y, in: &graph)
  }
}

extension ConfiguredConvNeXt {
  /// A depthwise convolution and a network over the channels, added back.
  struct Block: Layer {
    var network: ConfiguredConvNeXt
    var width: Int
    var chance: Double

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var y = Sequential {
        Conv2d(width, width, kernel: 7, padding: 3, groups: width).named("dwconv")
        Permute([0, 2, 3, 1])
        LayerNorm(width, epsilon: 1e-6).named("layernorm")
        Linear(width, 4 * width).named("pwconv1")
        NamedActivation(name: network.activation).named("act")
        if network.hasResponseNorm { ResponseNorm(features: 4 * width).named("grn") }
        Linear(4 * width, width).named("pwconv2")
      }(x, in: &graph)
      if network.hasScale {
        y = graph.multiply(graph.parameter("layer_scale_parameter", [width]), y)
      }
      y = graph.permute(y, [0, 3, 1, 2])
      return graph.add(x, StochasticDepth(chance).named("drop_path")(y, in: &graph))
    }
  }

  /// Each feature by how strong it is in the whole map, compared with the others.
  struct ResponseNorm: Layer {
    var features: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let weight = graph.parameter("weight", [1, 1, 1, features])
      let bias = graph.parameter("bias", [1, 1, 1, features])
      let strength = graph.apply(
        "ReduceL2", x, attributes: ["axes": .integers([1, 2]), "keepdims": .integer(1)])
      let mean = graph.add(graph.mean(strength), number: 1e-6)
      let relative = graph.multiply(x, graph.apply("Div", strength, mean))
      let scaled = graph.add(graph.multiply(weight, relative), bias)
      return graph.add(scaled, x)
    }
  }
}

// MARK: - Configurations

extension ConfiguredConvNeXt {
  static func first(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(c, isSecond: false)
  }

  static func second(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(c, isSecond: true)
  }

  private init(_ c: Configuration, isSecond: Bool) throws(ConfigurationError) {
    channels = try c.size("num_channels", default: 3)
    patch = try c.extent("patch_size", default: 4)
    widths = try c.sizes("hidden_sizes", in: 1...Configuration.maximumSize) ?? [96, 192, 384, 768]
    depths = try c.sizes("depths", in: 0...Configuration.maximumDepth) ?? [3, 3, 9, 3]
    activation = try c.text("hidden_act", default: "gelu")
    epsilon = try c.number("layer_norm_eps", default: 1e-12)
    let scale = try c.number("layer_scale_init_value", default: 1e-6)
    hasScale = !isSecond && scale > 0
    hasResponseNorm = isSecond
    dropPath = try c.number("drop_path_rate", default: 0)
    let stages = try c.size("num_stages", default: 4)
    guard widths.count >= stages, depths.count >= stages else {
      throw .contradiction("\(c.path)hidden_sizes and depths must have \(stages) numbers")
    }
    try c.requireDepth(depths)
    guard widths[stages - 1] == widths.last else {
      throw .contradiction(
        "\(c.path)num_stages is \(stages), but what follows reads the last of "
          + "\(widths.count) hidden_sizes")
    }
    widths = Array(widths.prefix(stages))
    depths = Array(depths.prefix(stages))
  }

  private static func model(
    _ c: Configuration, isSecond: Bool
  ) throws(ConfigurationError) -> Blueprint {
    let network = try ConfiguredConvNeXt(c, isSecond: isSecond)
    let side = try c.extent("image_size", default: 224)
    let input = ImageSizes(image: side, patch: 1, channels: network.channels).input
    guard try c.className(default: "ForImageClassification").hasSuffix("Classification") else {
      return Blueprint(network: network, input: input)
    }
    let labels = try c.labelCount
    return Blueprint(
      network: Sequential {
        network.named(isSecond ? "convnextv2" : "convnext")
        Linear(network.widths.last ?? 1, labels).named("classifier")
      }, input: input)
  }
}
