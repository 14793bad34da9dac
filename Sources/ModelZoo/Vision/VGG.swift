// "Very Deep Convolutional Networks for Large-Scale Image Recognition", Simonyan and Zisserman,
// 2014. <https://arxiv.org/abs/1409.1556>

/// Stages of 3 × 3 convolutions, each ending in a pooling that halves the image.
struct VGG: CompositeLayer {
  /// How many convolutions each stage has.
  let depths: [Int]
  var normalizes = false

  var body: some Layer {
    Numbered(convolutions).named("features")
    AdaptiveAvgPool2d(7).named("avgpool")
    Flatten()
    Numbered {
      Linear(512 * 7 * 7, 4096)
      Activation.relu(inPlace: true)
      Dropout(0.5)
      Linear(4096, 4096)
      Activation.relu(inPlace: true)
      Dropout(0.5)
      Linear(4096, 1000)
    }.named("classifier")
  }

  private var convolutions: [any Layer] {
    var layers: [any Layer] = []
    var channels = 3
    for (width, depth) in zip([64, 128, 256, 512, 512], depths) {
      for _ in 0..<depth {
        layers.append(Conv2d(channels, width, kernel: 3, padding: 1))
        if normalizes { layers.append(BatchNorm2d(width)) }
        layers.append(Activation.relu(inPlace: true))
        channels = width
      }
      layers.append(MaxPool2d(kernel: 2, stride: 2))
    }
    return layers
  }
}

extension Architecture {
  static let vggs = [
    vgg(11, [1, 1, 2, 2, 2]), vgg(13, [2, 2, 2, 2, 2]),
    vgg(16, [2, 2, 3, 3, 3]), vgg(19, [2, 2, 4, 4, 4]),
  ].flatMap(\.self)

  /// The network of a number of weighted layers, without and with batch normalization.
  private static func vgg(_ layers: Int, _ depths: [Int]) -> [Architecture] {
    let paper = Paper(
      title: "Very Deep Convolutional Networks for Large-Scale Image Recognition",
      authors: "Simonyan and Zisserman", year: 2014, url: "https://arxiv.org/abs/1409.1556")
    return [
      Architecture(
        "vgg\(layers)", "VGG-\(layers)", family: "VGG", paper: paper, input: .image(224),
        VGG(depths: depths)),
      Architecture(
        "vgg\(layers)_bn", "VGG-\(layers) with batch normalization", family: "VGG",
        paper: paper, input: .image(224), VGG(depths: depths, normalizes: true)),
    ]
  }
}
