// "MobileNetV2: Inverted Residuals and Linear Bottlenecks", Sandler et al., 2018.
// <https://arxiv.org/abs/1801.04381>

import ModelGraph

/// MobileNetV2 as transformers writes it.
struct ConfiguredMobileNetV2: Layer {
  var channels: Int
  var multiplier: Double
  var divisor: Int
  var smallest: Int
  var expansion: Double
  var outputStride: Int

  /// Whether the first block has no map up.
  var startsNarrow: Bool

  /// Whether the last map keeps its width where the others are narrowed.
  var keepsOutput: Bool
  var activation: String
  var padsLikeTensorFlow: Bool
  var epsilon: Double

  private static let widths = [
    16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320,
  ]
  private static let strides = [2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1]

  /// The features of the last map.
  var outputs: Int { keepsOutput && multiplier < 1 ? 1280 : width(1280) }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    last(blocks(x, in: &graph), in: &graph)
  }

  private func last(_ map: Variable, in graph: inout GraphBuilder) -> Variable {
    convolution(width(320), outputs, kernel: 1).named("conv_1x1")(map, in: &graph)
  }

  private func blocks(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let widths = Self.widths.map(width)
    var map = graph.scoped("conv_stem") { stem(x, widths[0], in: &$0) }
    // The first convolution halves the image already.
    var (stride, dilation) = (2, 1)
    for (index, step) in Self.strides.enumerated() {
      var (layerStride, layerDilation) = (step, 1)
      if stride == outputStride {
        (layerStride, layerDilation) = (1, dilation)
        dilation *= step
      } else {
        stride *= step
      }
      let block = Block(
        network: self, inputs: widths[index], outputs: widths[index + 1], stride: layerStride,
        dilation: layerDilation)
      map = block.named("layer.\(index)")(map, in: &graph)
    }
    return map
  }

  private func stem(
    _ x: Variable, _ outputs: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let wide = width(32)
    return Sequential {
      convolution(channels, wide, kernel: 3, stride: 2).named("first_conv")
      if !startsNarrow { convolution(wide, wide, kernel: 1).named("expand_1x1") }
      convolution(wide, wide, kernel: 3, groups: wide).named("conv_3x3")
      convolution(wide, outputs, kernel: 1, isLinear: true).named("reduce_1x1")
    }(x, in: &graph)
  }

  /// A number of channels under the multiplier, in steps of the divisor.
  private func width(_ channels: Int) -> Int {
    rounded(Int((Double(channels) * multiplier).rounded(.toNearestOrEven)))
  }

  fileprivate func rounded(_ channels: Int) -> Int {
    let even = max(smallest, Int(Double(channels) + Double(divisor) / 2) / divisor * divisor)
    return Double(even) < 0.9 * Double(channels) ? even + divisor : even
  }

  fileprivate func convolution(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
    dilation: Int = 1, isLinear: Bool = false
  ) -> PaddedConvolution {
    PaddedConvolution(
      inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, groups: groups,
      dilation: dilation, padsLikeTensorFlow: padsLikeTensorFlow,
      activation: isLinear ? nil : activation, epsilon: epsilon)
  }

  /// A map up, a convolution of each channel and a map down, added back where sizes allow.
  struct Block: Layer {
    var network: ConfiguredMobileNetV2
    var inputs: Int
    var outputs: Int
    var stride: Int
    var dilation: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let scaled = Double(inputs) * network.expansion
      let wide = network.rounded(Int(scaled.rounded(.toNearestOrEven)))
      let y = Sequential {
        network.convolution(inputs, wide, kernel: 1).named("expand_1x1")
        network.convolution(
          wide, wide, kernel: 3, stride: stride, groups: wide, dilation: dilation
        ).named("conv_3x3")
        network.convolution(wide, outputs, kernel: 1, isLinear: true).named("reduce_1x1")
      }(x, in: &graph)
      return stride == 1 && inputs == outputs ? graph.add(x, y) : y
    }
  }
}

extension ConfiguredMobileNetV2 {
  /// Classes of each place, told from it and from the mean of all.
  private struct Segmentation: Layer {
    var network: ConfiguredMobileNetV2
    var labels: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let map = graph.scoped("mobilenet_v2") { graph in
        let map = network.blocks(x, in: &graph)
        graph.parametersOnly { network.last(map, in: &$0) }
        return map
      }
      return graph.scoped("segmentation_head") { classify(map, in: &$0) }
    }

    private func classify(_ map: Variable, in graph: inout GraphBuilder) -> Variable {
      let mean = graph.apply(
        "ReduceMean", map, attributes: ["axes": .integers([2, 3]), "keepdims": .integer(1)])
      let pooled = convolution(network.width(320)).named("conv_pool")(mean, in: &graph)
      let whole = graph.enlarged(pooled, to: Extent(map.size(2), map.size(3)))
      let places = convolution(network.width(320)).named("conv_aspp")(map, in: &graph)
      let joined = convolution(512).named("conv_projection")(
        graph.concatenate([whole, places], axis: 1), in: &graph)
      return Conv2d(256, labels, kernel: 1).named("classifier.convolution")(joined, in: &graph)
    }

    private func convolution(_ inputs: Int) -> PaddedConvolution {
      PaddedConvolution(
        inputs: inputs, outputs: 256, kernel: 1, stride: 1, groups: 1, dilation: 1,
        padsLikeTensorFlow: network.padsLikeTensorFlow, activation: "relu", epsilon: 1e-5)
    }
  }
}

/// A convolution with batch normalization, padded as TensorFlow pads if it is to be.
struct PaddedConvolution: Layer {
  var inputs: Int
  var outputs: Int
  var kernel: Int
  var stride: Int
  var groups: Int
  var dilation: Int
  var padsLikeTensorFlow: Bool
  var activation: String?
  var epsilon: Double

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var padded = x
    if padsLikeTensorFlow {
      let (rows, columns) = (amount(x.size(2)), amount(x.size(3)))
      padded = graph.pad(
        x, before: [0, 0, rows / 2, columns / 2],
        after: [0, 0, rows - rows / 2, columns - columns / 2])
    }
    let padding = padsLikeTensorFlow ? 0 : (kernel - 1) / 2 * dilation
    return Sequential {
      DilatedConvolution(
        inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: padding,
        groups: groups, dilation: dilation
      ).named("convolution")
      BatchNorm2d(outputs, epsilon: epsilon).named("normalization")
      if let activation { NamedActivation(name: activation).named("activation") }
    }(padded, in: &graph)
  }

  private func amount(_ side: Int) -> Int {
    let rest = side % stride
    return max(kernel - (rest == 0 ? stride : rest), 0) * dilation
  }
}

/// A convolution without a bias whose kernel has gaps.
struct DilatedConvolution: Layer {
  var inputs: Int
  var outputs: Int
  var kernel: Int
  var stride: Int
  var padding: Int
  var groups: Int
  var dilation: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let weight = graph.parameter("weight", [outputs, inputs / groups, kernel, kernel])
    return graph.call(
      "Conv", x, weight,
      attributes: [
        "kernel_shape": Extent(kernel).attribute, "strides": Extent(stride).attribute,
        "pads": Extent(padding).padsAttribute, "dilations": Extent(dilation).attribute,
        "group": .integer(groups),
      ])
  }
}

// MARK: - Configurations

extension ConfiguredMobileNetV2 {
  init(_ c: Configuration) throws(ConfigurationError) {
    channels = try c.size("num_channels", default: 3)
    multiplier = try c.number("depth_multiplier", default: 1)
    divisor = try c.size("depth_divisible_by", default: 8, in: 1...1024)
    smallest = try c.size("min_depth", default: 8, in: 1...(1 << 16))
    expansion = try c.number("expand_ratio", default: 6)
    outputStride = try c.size("output_stride", default: 32)
    startsNarrow = try c.flag("first_layer_is_expansion", default: true)
    keepsOutput = try c.flag("finegrained_output", default: true)
    activation = try c.text("hidden_act", default: "relu6")
    padsLikeTensorFlow = try c.flag("tf_padding", default: true)
    epsilon = try c.number("layer_norm_eps", default: 0.001)
    guard multiplier > 0, multiplier <= 64, expansion > 0, expansion <= 64 else {
      throw .contradiction("\(c.path)depth_multiplier and expand_ratio must be from 0 to 64")
    }
  }

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let network = try ConfiguredMobileNetV2(c)
    let name = try c.className(default: "ForImageClassification")
    try c.requireClass(
      name, endingIn: ["ForImageClassification", "ForSemanticSegmentation", "Model"])
    let input = ImageSizes(
      image: try c.extent("image_size", default: 224), patch: 1, channels: network.channels
    ).input
    if name.hasSuffix("ForSemanticSegmentation") {
      return Blueprint(
        network: Segmentation(network: network, labels: try c.labelCount), input: input)
    }
    guard name.hasSuffix("ForImageClassification") else {
      return Blueprint(
        network: Sequential {
          network
          AdaptiveAvgPool2d(1).named("pooler")
        }, input: input)
    }
    let (labels, dropout) = (
      try c.labelCount, try c.number("classifier_dropout_prob", default: 0.8)
    )
    return Blueprint(
      network: Sequential {
        network.named("mobilenet_v2")
        AdaptiveAvgPool2d(1).named("mobilenet_v2.pooler")
        Flatten()
        Dropout(dropout).named("dropout")
        Linear(network.outputs, labels).named("classifier")
      }, input: input)
  }
}
