// "Densely Connected Convolutional Networks", Huang, Liu, van der Maaten and Weinberger, 2016.
// <https://arxiv.org/abs/1608.06993>

/// Blocks in which every layer sees the outputs of all layers before it.
struct DenseNet: CompositeLayer {
  let configuration: Configuration

  var body: some Layer {
    Sequential {
      Conv2d(3, configuration.stemChannels, kernel: 7, stride: 2, padding: 3, bias: false)
        .named("conv0")
      BatchNorm2d(configuration.stemChannels).named("norm0")
      Activation.relu(inPlace: true).named("relu0")
      MaxPool2d(kernel: 3, stride: 2, padding: 1).named("pool0")
      for (index, depth) in configuration.depths.enumerated() {
        Block(
          channels: configuration.channels(before: index), growth: configuration.growth,
          depth: depth
        ).named("denseblock\(index + 1)")
        if index < configuration.depths.count - 1 {
          Transition(channels: configuration.channels(after: index))
            .named("transition\(index + 1)")
        }
      }
      BatchNorm2d(configuration.outputChannels).named("norm5")
    }.named("features")
    Activation.relu(inPlace: true)
    AdaptiveAvgPool2d(1)
    Flatten()
    Linear(configuration.outputChannels, 1000).named("classifier")
  }
}

extension DenseNet {
  /// Layers that each read the concatenation of everything before.
  struct Block: Layer {
    let channels: Int
    let growth: Int
    let depth: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var features = [x]
      for index in 0..<depth {
        let layer = DenseLayer(channels: channels + index * growth, growth: growth)
        let added = graph.scoped("denselayer\(index + 1)") { layer(features, in: &$0) }
        features.append(added)
      }
      return graph.concatenate(features, axis: 1)
    }
  }

  /// A 1 × 1 convolution to four times the growth, then a 3 × 3 convolution.
  struct DenseLayer {
    let channels: Int
    let growth: Int

    func callAsFunction(_ features: [Variable], in graph: inout GraphBuilder) -> Variable {
      let x = graph.concatenate(features, axis: 1)
      let bottleneck = Sequential {
        BatchNorm2d(channels).named("norm1")
        Activation.relu(inPlace: true).named("relu1")
        Conv2d(channels, 4 * growth, kernel: 1, bias: false).named("conv1")
      }(x, in: &graph)
      graph.hold(x, through: bottleneck)
      _ = graph.hold(bottleneck)
      return Sequential {
        BatchNorm2d(4 * growth).named("norm2")
        Activation.relu(inPlace: true).named("relu2")
        Conv2d(4 * growth, growth, kernel: 3, padding: 1, bias: false).named("conv2")
      }(bottleneck, in: &graph)
    }
  }

  /// Half the channels and half the size.
  struct Transition: CompositeLayer {
    let channels: Int

    var body: some Layer {
      BatchNorm2d(channels).named("norm")
      Activation.relu(inPlace: true).named("relu")
      Conv2d(channels, channels / 2, kernel: 1, bias: false).named("conv")
      AvgPool2d(kernel: 2, stride: 2).named("pool")
    }
  }
}

extension DenseNet {
  struct Configuration: Sendable {
    /// The channels each layer adds.
    let growth: Int

    /// The number of layers in each block.
    let depths: [Int]
    let stemChannels: Int

    var outputChannels: Int { channels(after: depths.count - 1) }

    func channels(before block: Int) -> Int {
      block == 0 ? stemChannels : channels(after: block - 1) / 2
    }

    func channels(after block: Int) -> Int { channels(before: block) + depths[block] * growth }
  }
}

extension Architecture {
  static let denseNets = [
    denseNet(121, .init(growth: 32, depths: [6, 12, 24, 16], stemChannels: 64)),
    denseNet(161, .init(growth: 48, depths: [6, 12, 36, 24], stemChannels: 96)),
    denseNet(169, .init(growth: 32, depths: [6, 12, 32, 32], stemChannels: 64)),
    denseNet(201, .init(growth: 32, depths: [6, 12, 48, 32], stemChannels: 64)),
  ]

  private static func denseNet(
    _ layers: Int, _ configuration: DenseNet.Configuration
  ) -> Architecture {
    Architecture(
      "densenet\(layers)", "DenseNet-\(layers)", family: "DenseNet",
      paper: Paper(
        title: "Densely Connected Convolutional Networks",
        authors: "Huang, Liu, van der Maaten and Weinberger", year: 2016,
        url: "https://arxiv.org/abs/1608.06993"),
      input: .image(224), DenseNet(configuration: configuration))
  }
}
