// "EfficientNet", Tan and Le, 2019. <https://arxiv.org/abs/1905.11946>

import ModelGraph

/// EfficientNet as transformers writes it.
struct ConfiguredEfficientNet: Layer {
  var channels: Int
  var stem: Int
  var blocks: [Block]
  var outputs: Int
  var activation: String
  var epsilon: Double

  /// Whether a last map widens what the blocks give.
  var hasTop = true

  struct Block: Hashable, Sendable {
    var inputs: Int
    var outputs: Int
    var wide: Int
    var squeezed: Int
    var kernel: Int
    var stride: Int
    var isFirst: Bool
    var dropChance: Double

    /// Whether a map goes up before the convolution of each channel.
    var expands: Bool
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var map = graph.scoped("embeddings") { graph in
      let padded = graph.pad(x, before: [0, 0, 0, 0], after: [0, 0, 1, 1])
      return normalized(
        Conv2d(channels, stem, kernel: 3, stride: 2, bias: false), stem, "convolution",
        "batchnorm", padded, in: &graph)
    }
    for (index, block) in blocks.enumerated() {
      let input = map
      map = graph.scoped("encoder.blocks.\(index)") { run(block, input, in: &$0) }
    }
    guard hasTop else { return map }
    let last = map
    return graph.scoped("encoder") { graph in
      normalized(
        Conv2d(blocks.last?.outputs ?? stem, outputs, kernel: 1, bias: false), outputs,
        "top_conv", "top_bn", last, in: &graph)
    }
  }

  private func normalized(
    _ convolution: Conv2d, _ width: Int, _ name: String, _ norm: String, _ x: Variable,
    isLinear: Bool = false, in graph: inout GraphBuilder
  ) -> Variable {
    Sequential {
      convolution.named(name)
      BatchNorm2d(width, epsilon: epsilon).named(norm)
      if !isLinear { NamedActivation(name: activation) }
    }(x, in: &graph)
  }

  private func run(
    _ block: Block, _ x: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    var y = x
    if block.expands {
      y = normalized(
        Conv2d(block.inputs, block.wide, kernel: 1, bias: false), block.wide,
        "expansion.expand_conv", "expansion.expand_bn", y, in: &graph)
    }
    y = normalized(
      Conv2d(
        block.wide, block.wide, kernel: Extent(block.kernel), stride: Extent(block.stride),
        padding: Extent(block.kernel / 2), groups: block.wide, bias: false), block.wide,
      "depthwise_conv.depthwise_conv", "depthwise_conv.depthwise_norm", y, in: &graph)
    let weights = Sequential {
      AdaptiveAvgPool2d(1)
      Conv2d(block.wide, block.squeezed, kernel: 1).named("reduce")
      NamedActivation(name: activation)
      Conv2d(block.squeezed, block.wide, kernel: 1).named("expand")
      Activation.sigmoid
    }.named("squeeze_excite")(y, in: &graph)
    y = normalized(
      Conv2d(block.wide, block.outputs, kernel: 1, bias: false), block.outputs,
      "projection.project_conv", "projection.project_bn", graph.multiply(y, weights),
      isLinear: true, in: &graph)
    guard block.stride == 1, !block.isFirst else { return y }
    return graph.add(Dropout(block.dropChance)(y, in: &graph), x)
  }
}

// MARK: - Configurations

extension ConfiguredEfficientNet {
  init(_ c: Configuration) throws(ConfigurationError) {
    let width = try c.number("width_coefficient", default: 2)
    let depth = try c.number("depth_coefficient", default: 3.1)
    let divisor = try c.size("depth_divisor", default: 8, in: 1...1024)
    guard width > 0, width <= 64, depth > 0, depth <= 64 else {
      throw .contradiction("\(c.path)width and depth coefficients must be above 0 and at most 64")
    }
    func rounded(_ channels: Int) -> Int {
      let scaled = Double(channels) * width
      let even = max(divisor, Int(scaled + Double(divisor) / 2) / divisor * divisor)
      return Double(even) < 0.9 * scaled ? even + divisor : even
    }
    channels = try c.size("num_channels", default: 3)
    stem = rounded(32)
    activation = try c.text("hidden_act", default: "swish")
    epsilon = try c.number("batch_norm_eps", default: 0.001)
    outputs = rounded(1280)
    blocks = try Self.blocks(c, depth: depth, rounded: rounded)
  }

  private static func blocks(
    _ c: Configuration, depth: Double, rounded: (Int) -> Int
  ) throws(ConfigurationError) -> [Block] {
    let range = 1...(1 << 16)
    let inputs = try c.sizes("in_channels", in: range) ?? [32, 16, 24, 40, 80, 112, 192]
    let outputs = try c.sizes("out_channels", in: range) ?? [16, 24, 40, 80, 112, 192, 320]
    let kernels = try c.sizes("kernel_sizes", in: 1...63) ?? [3, 3, 5, 3, 5, 5, 3]
    let strides = try c.sizes("strides", in: 1...64) ?? [1, 2, 2, 2, 1, 2, 1]
    let repeats = try c.sizes("num_block_repeats", in: 0...256) ?? [1, 2, 2, 3, 3, 4, 1]
    let ratios = try c.sizes("expand_ratios", in: 1...64) ?? [1, 6, 6, 6, 6, 6, 6]
    let squeeze = try c.number("squeeze_expansion_ratio", default: 0.25)
    let rate = try c.number("drop_connect_rate", default: 0.2)
    guard
      [outputs, kernels, strides, repeats, ratios].allSatisfy({ $0.count == inputs.count }),
      inputs.count <= 64, 0...1 ~= squeeze
    else {
      throw .contradiction("\(c.path)the lists of stages must be of one length")
    }
    let total = repeats.reduce(0) { $0 + Int((depth * Double($1)).rounded(.up)) }
    try c.requireDepth([total])
    var blocks: [Block] = []
    for stage in inputs.indices {
      let count = Int((depth * Double(repeats[stage])).rounded(.up))
      let (input, output) = (rounded(inputs[stage]), rounded(outputs[stage]))
      for index in 0..<count {
        let from = index == 0 ? input : output
        blocks.append(
          Block(
            inputs: from, outputs: output, wide: from * ratios[stage],
            squeezed: max(1, Int(Double(from) * squeeze)), kernel: kernels[stage],
            stride: index == 0 ? strides[stage] : 1, isFirst: index == 0,
            dropChance: rate * Double(blocks.count) / Double(max(1, total)),
            expands: ratios[stage] != 1))
      }
    }
    return blocks
  }

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let network = try ConfiguredEfficientNet(c)
    let name = try c.className(default: "ForImageClassification")
    try c.requireClass(name, endingIn: ["ForImageClassification", "Model"])
    let input = ImageSizes(
      image: try c.extent("image_size", default: 600), patch: 1, channels: network.channels
    ).input
    guard name.hasSuffix("ForImageClassification") else {
      return Blueprint(
        network: Sequential {
          network
          AdaptiveAvgPool2d(1)
        }, input: input)
    }
    let (labels, dropout) = (try c.labelCount, try c.number("dropout_rate", default: 0.5))
    return Blueprint(
      network: Sequential {
        network.named("efficientnet")
        AdaptiveAvgPool2d(1)
        Flatten()
        Dropout(dropout).named("dropout")
        Linear(network.outputs, labels).named("classifier")
      }, input: input)
  }
}
