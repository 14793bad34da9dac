// "Deep Residual Learning for Image Recognition", He, Zhang, Ren and Sun, 2015.
// <https://arxiv.org/abs/1512.03385>
// "Aggregated Residual Transformations for Deep Neural Networks", Xie et al., 2016.
// <https://arxiv.org/abs/1611.05431>
// "Wide Residual Networks", Zagoruyko and Komodakis, 2016. <https://arxiv.org/abs/1605.07146>

/// Four stages of residual blocks behind a strided convolution.
struct ResNet: CompositeLayer {
  let configuration: Configuration

  var body: some Layer {
    Conv2d(3, 64, kernel: 7, stride: 2, padding: 3, bias: false).named("conv1")
    BatchNorm2d(64).named("bn1")
    Activation.relu(inPlace: true).named("relu")
    MaxPool2d(kernel: 3, stride: 2, padding: 1).named("maxpool")
    for stage in 0..<4 { Numbered(blocks(of: stage)).named("layer\(stage + 1)") }
    AdaptiveAvgPool2d(1).named("avgpool")
    Flatten()
    Linear(512 * configuration.expansion, 1000).named("fc")
  }

  private func blocks(of stage: Int) -> [any Layer] {
    let planes = 64 << stage
    let channels = planes * configuration.expansion
    let incoming = stage == 0 ? 64 : channels / 2
    return (0..<configuration.depths[stage]).map { index in
      Block(
        inputChannels: index == 0 ? incoming : channels, planes: planes,
        stride: index == 0 && stage > 0 ? 2 : 1, configuration: configuration)
    }
  }
}

extension ResNet {
  /// Convolutions whose result is added to the block's input.
  struct Block: Layer {
    let inputChannels: Int
    let planes: Int
    let stride: Int
    let configuration: Configuration

    private var outputChannels: Int { planes * configuration.expansion }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let path = configuration.hasBottleneck ? bottleneck : basic
      let result = path(x, in: &graph)
      let identity = shortcut(x, in: &graph)
      let sum = graph.add(result, identity, inPlace: true)
      return Activation.relu(inPlace: true).named("relu")(sum, in: &graph)
    }

    /// Two 3 × 3 convolutions.
    private var basic: Sequential {
      Sequential {
        convolution3(inputChannels, planes, stride: stride).named("conv1")
        BatchNorm2d(planes).named("bn1")
        Activation.relu(inPlace: true).named("relu")
        convolution3(planes, planes).named("conv2")
        BatchNorm2d(planes).named("bn2")
      }
    }

    /// A 3 × 3 convolution of fewer channels between two 1 × 1 convolutions.
    private var bottleneck: Sequential {
      let width = planes * configuration.groupWidth / 64 * configuration.groups
      return Sequential {
        Conv2d(inputChannels, width, kernel: 1, bias: false).named("conv1")
        BatchNorm2d(width).named("bn1")
        Activation.relu(inPlace: true).named("relu")
        convolution3(width, width, stride: stride, groups: configuration.groups).named("conv2")
        BatchNorm2d(width).named("bn2")
        Activation.relu(inPlace: true).named("relu")
        Conv2d(width, outputChannels, kernel: 1, bias: false).named("conv3")
        BatchNorm2d(outputChannels).named("bn3")
      }
    }

    /// The input, or where the block changes its size a projection of it.
    private var shortcut: any Layer {
      guard stride != 1 || inputChannels != outputChannels else { return Identity() }
      return Numbered {
        Conv2d(inputChannels, outputChannels, kernel: 1, stride: Extent(stride), bias: false)
        BatchNorm2d(outputChannels)
      }.named("downsample")
    }

    private func convolution3(
      _ inputs: Int, _ outputs: Int, stride: Int = 1, groups: Int = 1
    ) -> Conv2d {
      Conv2d(
        inputs, outputs, kernel: 3, stride: Extent(stride), padding: 1, groups: groups,
        bias: false)
    }
  }
}

extension ResNet {
  struct Configuration: Sendable {
    /// The number of blocks in each stage.
    let depths: [Int]
    var hasBottleneck = true
    var groups = 1

    /// The channels of a group in the first stage.
    var groupWidth = 64

    var expansion: Int { hasBottleneck ? 4 : 1 }
  }
}

extension Architecture {
  static let resNets = [
    resNet("resnet18", "ResNet-18", .init(depths: [2, 2, 2, 2], hasBottleneck: false)),
    resNet("resnet34", "ResNet-34", .init(depths: [3, 4, 6, 3], hasBottleneck: false)),
    resNet("resnet50", "ResNet-50", .init(depths: [3, 4, 6, 3])),
    resNet("resnet101", "ResNet-101", .init(depths: [3, 4, 23, 3])),
    resNet("resnet152", "ResNet-152", .init(depths: [3, 8, 36, 3])),
    resNeXt("resnext50_32x4d", "ResNeXt-50 32×4d", [3, 4, 6, 3], groups: 32, width: 4),
    resNeXt("resnext101_32x8d", "ResNeXt-101 32×8d", [3, 4, 23, 3], groups: 32, width: 8),
    resNeXt("resnext101_64x4d", "ResNeXt-101 64×4d", [3, 4, 23, 3], groups: 64, width: 4),
    wideResNet("wide_resnet50_2", "Wide ResNet-50-2", [3, 4, 6, 3]),
    wideResNet("wide_resnet101_2", "Wide ResNet-101-2", [3, 4, 23, 3]),
  ]

  private static func resNet(
    _ name: String, _ title: String, _ configuration: ResNet.Configuration
  ) -> Architecture {
    Architecture(
      name, title, family: "ResNet",
      paper: Paper(
        title: "Deep Residual Learning for Image Recognition",
        authors: "He, Zhang, Ren and Sun", year: 2015, url: "https://arxiv.org/abs/1512.03385"),
      input: .image(224), ResNet(configuration: configuration)
    ).constructed(.residual)
  }

  private static func resNeXt(
    _ name: String, _ title: String, _ depths: [Int], groups: Int, width: Int
  ) -> Architecture {
    Architecture(
      name, title, family: "ResNeXt",
      paper: Paper(
        title: "Aggregated Residual Transformations for Deep Neural Networks",
        authors: "Xie, Girshick, Dollár, Tu and He", year: 2016,
        url: "https://arxiv.org/abs/1611.05431"),
      input: .image(224),
      ResNet(configuration: .init(depths: depths, groups: groups, groupWidth: width))
    ).constructed(.residual)
  }

  private static func wideResNet(
    _ name: String, _ title: String, _ depths: [Int]
  ) -> Architecture {
    Architecture(
      name, title, family: "Wide ResNet",
      paper: Paper(
        title: "Wide Residual Networks", authors: "Zagoruyko and Komodakis", year: 2016,
        url: "https://arxiv.org/abs/1605.07146"),
      input: .image(224), ResNet(configuration: .init(depths: depths, groupWidth: 128))
    ).constructed(.residual)
  }
}
