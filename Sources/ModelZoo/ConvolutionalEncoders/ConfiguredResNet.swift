// "Deep Residual Learning for Image Recognition", He et al., 2015. <https://arxiv.org/abs/1512.03385>

import ModelGraph

/// A residual network as transformers writes it.
struct ConfiguredResNet: FeaturePyramid {
  var channels = 3
  var embedding: Int
  var stages: [Stage]
  var isBottleneck: Bool

  /// Whether the step of a bottleneck is in its first convolution.
  var stepsFirst: Bool
  var activation: String

  /// Whether normalizations never change.
  var isFrozen = false

  /// Whether what goes past a step is pooled, behind a stem of three convolutions.
  var poolsBesideSteps = false

  struct Stage: Hashable, Sendable {
    var channels: Int
    var depth: Int
    var stride: Int
  }

  var widths: [Int] { stages.map(\.channels) }

  func maps(of x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    let embedded = graph.scoped("embedder") { stem(x, in: &$0) }
    return stages.isEmpty ? [embedded] : features(of: embedded, in: &graph)
  }

  /// The output of every stage.
  func features(of x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    var maps: [Variable] = []
    var inputs = embedding
    for (index, stage) in stages.enumerated() {
      let (from, y) = (inputs, maps.last ?? x)
      maps.append(
        graph.scoped("encoder.stages.\(index)") { graph in
          Repeat(stage.depth) { block in
            Block(
              network: self, inputs: block == 0 ? from : stage.channels,
              outputs: stage.channels, stride: block == 0 ? stage.stride : 1, isFirst: block == 0)
          }.named("layers")(y, in: &graph)
        })
      inputs = stage.channels
    }
    return maps
  }

  func stem(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    if poolsBesideSteps { return threefoldStem(x, in: &graph) }
    let pooling = MaxPool2d(kernel: 3, stride: 2, padding: 1)
    let map = convolution(channels, embedding, kernel: 7, stride: 2, activation: activation)
      .named("embedder")(x, in: &graph)
    return pooling.named("pooler")(map, in: &graph)
  }

  func convolution(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, activation: String? = nil
  ) -> NormalizedConvolution {
    var convolution = NormalizedConvolution(
      inputs, outputs, kernel: kernel, stride: stride, activation: activation)
    convolution.isFrozen = isFrozen
    return convolution
  }
}

extension ConfiguredResNet {
  /// Two or three convolutions, with what went in added to what comes out.
  struct Block: Layer {
    var network: ConfiguredResNet
    var inputs: Int
    var outputs: Int
    var stride: Int
    var isFirst: Bool

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let y = path.named("layer")(x, in: &graph)
      let kept =
        network.poolsBesideSteps ? pooledShortcut(x, in: &graph) : shortcut(x, in: &graph)
      let sum = graph.add(y, kept, inPlace: true)
      return NamedActivation(name: network.activation).named("activation")(sum, in: &graph)
    }

    private func shortcut(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      guard inputs != outputs || stride != 1 else { return x }
      return network.convolution(inputs, outputs, kernel: 1, stride: stride)
        .named("shortcut")(x, in: &graph)
    }

    private var path: Numbered {
      let activation = network.activation
      guard network.isBottleneck else {
        return Numbered {
          network.convolution(
            inputs, outputs, kernel: 3, stride: stride, activation: activation)
          network.convolution(outputs, outputs, kernel: 3)
        }
      }
      let narrow = max(1, outputs / 4)
      return Numbered {
        network.convolution(
          inputs, narrow, kernel: 1, stride: network.stepsFirst ? stride : 1,
          activation: activation)
        network.convolution(
          narrow, narrow, kernel: 3, stride: network.stepsFirst ? 1 : stride,
          activation: activation)
        network.convolution(narrow, outputs, kernel: 1)
      }
    }
  }
}

/// A convolution without a bias, batch normalization and perhaps a nonlinearity.
struct NormalizedConvolution: Layer {
  var inputs: Int
  var outputs: Int
  var kernel: Int
  var stride = 1
  var groups = 1
  var activation: String?
  var names = (convolution: "convolution", norm: "normalization")
  var epsilon = 1e-5

  /// Whether the normalization never changes.
  var isFrozen = false

  init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
    activation: String? = nil
  ) {
    self.inputs = inputs
    self.outputs = outputs
    self.kernel = kernel
    self.stride = stride
    self.groups = groups
    self.activation = activation
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    Sequential {
      Conv2d(
        inputs, outputs, kernel: Extent(kernel), stride: Extent(stride),
        padding: Extent(kernel / 2), groups: groups, bias: false
      ).named(names.convolution)
      if isFrozen {
        FrozenBatchNorm2d(outputs).named(names.norm)
      } else {
        BatchNorm2d(outputs, epsilon: epsilon).named(names.norm)
      }
      if let activation { NamedActivation(name: activation).named("activation") }
    }(x, in: &graph)
  }
}

// MARK: - Configurations

extension ConfiguredResNet {
  init(_ c: Configuration) throws(ConfigurationError) {
    channels = try c.size("num_channels", default: 3)
    embedding = try c.size("embedding_size", default: 64)
    isBottleneck =
      try c.choice("layer_type", default: "bottleneck", of: ["basic", "bottleneck"]) == "bottleneck"
    stepsFirst = try c.flag("downsample_in_bottleneck", default: false)
    activation = try c.text("hidden_act", default: "relu")
    let widths = try c.sizes("hidden_sizes") ?? [256, 512, 1024, 2048]
    let depths = try c.sizes("depths", in: 1...Configuration.maximumDepth) ?? [3, 4, 6, 3]
    try c.requireDepth(depths)
    let stepsAtOnce = try c.flag("downsample_in_first_stage", default: false)
    stages = zip(widths, depths).enumerated().map { index, sizes in
      Stage(
        channels: sizes.0, depth: sizes.1, stride: index > 0 || stepsAtOnce ? 2 : 1)
    }
    guard widths.count == depths.count, widths.allSatisfy({ $0 > 0 }) else {
      throw .contradiction("\(c.path)hidden_sizes and depths must have one number for each stage")
    }
  }

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let network = try ConfiguredResNet(c)
    let input = Architecture.Input.image(
      Bindings.ImageSize(height: 224, width: 224), channels: network.channels)
    guard try c.className(default: "ResNetForImageClassification").hasSuffix("Classification")
    else {
      return Blueprint(
        network: Sequential {
          network
          AdaptiveAvgPool2d(1).named("pooler")
        }, input: input)
    }
    let labels = try c.labelCount
    return Blueprint(
      network: Sequential {
        network.named("resnet")
        AdaptiveAvgPool2d(1).named("resnet.pooler")
        Flatten()
        Linear(network.stages.last?.channels ?? network.embedding, labels).named("classifier.1")
      }, input: input)
  }
}
