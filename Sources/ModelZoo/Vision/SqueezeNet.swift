// "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size", Iandola et
// al., 2016. <https://arxiv.org/abs/1602.07360>

/// Fire modules between poolings, and no linear layer.
struct SqueezeNet: CompositeLayer {
  let version: Version

  var body: some Layer {
    switch version {
    case .v1_0: Numbered(features1_0.layers).named("features")
    case .v1_1: Numbered(features1_1.layers).named("features")
    }
    Numbered {
      Dropout(0.5)
      Conv2d(512, 1000, kernel: 1)
      Activation.relu(inPlace: true)
      AdaptiveAvgPool2d(1)
    }.named("classifier")
    Flatten()
  }
}

extension SqueezeNet {
  enum Version { case v1_0, v1_1 }

  /// A few channels of 1 × 1 convolutions, expanded by 1 × 1 and 3 × 3 convolutions side by side.
  struct Fire: CompositeLayer {
    let channels: Int
    let squeezed: Int
    let expanded: Int

    init(_ channels: Int, squeezed: Int, expanded: Int) {
      self.channels = channels
      self.squeezed = squeezed
      self.expanded = expanded
    }

    var body: some Layer {
      Conv2d(channels, squeezed, kernel: 1).named("squeeze")
      Activation.relu(inPlace: true).named("squeeze_activation")
      Branches {
        Sequential {
          Conv2d(squeezed, expanded, kernel: 1).named("expand1x1")
          Activation.relu(inPlace: true).named("expand1x1_activation")
        }
        Sequential {
          Conv2d(squeezed, expanded, kernel: 3, padding: 1).named("expand3x3")
          Activation.relu(inPlace: true).named("expand3x3_activation")
        }
      }
    }
  }
}

extension SqueezeNet {
  private var pool: MaxPool2d { MaxPool2d(kernel: 3, stride: 2, roundsUp: true) }

  @LayerBuilder private var features1_0: Sequential {
    Conv2d(3, 96, kernel: 7, stride: 2)
    Activation.relu(inPlace: true)
    pool
    Fire(96, squeezed: 16, expanded: 64)
    Fire(128, squeezed: 16, expanded: 64)
    Fire(128, squeezed: 32, expanded: 128)
    pool
    Fire(256, squeezed: 32, expanded: 128)
    Fire(256, squeezed: 48, expanded: 192)
    Fire(384, squeezed: 48, expanded: 192)
    Fire(384, squeezed: 64, expanded: 256)
    pool
    Fire(512, squeezed: 64, expanded: 256)
  }

  /// The same with earlier poolings and a smaller first convolution, 2.4 times less work.
  @LayerBuilder private var features1_1: Sequential {
    Conv2d(3, 64, kernel: 3, stride: 2)
    Activation.relu(inPlace: true)
    pool
    Fire(64, squeezed: 16, expanded: 64)
    Fire(128, squeezed: 16, expanded: 64)
    pool
    Fire(128, squeezed: 32, expanded: 128)
    Fire(256, squeezed: 32, expanded: 128)
    pool
    Fire(256, squeezed: 48, expanded: 192)
    Fire(384, squeezed: 48, expanded: 192)
    Fire(384, squeezed: 64, expanded: 256)
    Fire(512, squeezed: 64, expanded: 256)
  }
}

extension Architecture {
  static let squeezeNets = [
    squeezeNet("squeezenet1_0", "SqueezeNet 1.0", .v1_0),
    squeezeNet("squeezenet1_1", "SqueezeNet 1.1", .v1_1),
  ]

  private static func squeezeNet(
    _ name: String, _ title: String, _ version: SqueezeNet.Version
  ) -> Architecture {
    Architecture(
      name, title, family: "SqueezeNet",
      paper: Paper(
        title: "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
        authors: "Iandola, Han, Moskewicz, Ashraf, Dally and Keutzer", year: 2016,
        url: "https://arxiv.org/abs/1602.07360"),
      input: .image(224), SqueezeNet(version: version))
  }
}
