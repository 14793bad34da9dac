// "Going Deeper with Convolutions", Szegedy et al., 2014. <https://arxiv.org/abs/1409.4842>

/// Nine inception modules behind three convolutions.
///
/// The auxiliary classifiers are left out, as in torchvision's published weights.
struct GoogLeNet: CompositeLayer {
  var body: some Layer {
    BasicConv2d(3, 64, kernel: 7, stride: 2, padding: 3).named("conv1")
    pool.named("maxpool1")
    BasicConv2d(64, 64, kernel: 1).named("conv2")
    BasicConv2d(64, 192, kernel: 3, padding: 1).named("conv3")
    pool.named("maxpool2")
    Inception(192, 64, (96, 128), (16, 32), 32).named("inception3a")
    Inception(256, 128, (128, 192), (32, 96), 64).named("inception3b")
    pool.named("maxpool3")
    Inception(480, 192, (96, 208), (16, 48), 64).named("inception4a")
    Inception(512, 160, (112, 224), (24, 64), 64).named("inception4b")
    Inception(512, 128, (128, 256), (24, 64), 64).named("inception4c")
    Inception(512, 112, (144, 288), (32, 64), 64).named("inception4d")
    Inception(528, 256, (160, 320), (32, 128), 128).named("inception4e")
    MaxPool2d(kernel: 2, stride: 2, roundsUp: true).named("maxpool4")
    Inception(832, 256, (160, 320), (32, 128), 128).named("inception5a")
    Inception(832, 384, (192, 384), (48, 128), 128).named("inception5b")
    AdaptiveAvgPool2d(1).named("avgpool")
    Flatten()
    Dropout(0.2).named("dropout")
    Linear(1024, 1000).named("fc")
  }

  private var pool: MaxPool2d { MaxPool2d(kernel: 3, stride: 2, roundsUp: true) }
}

extension GoogLeNet {
  /// Convolutions of three sizes and a pooling side by side.
  ///
  /// torchvision's third branch has a 3 × 3 convolution where the paper has 5 × 5.
  struct Inception: CompositeLayer {
    let channels: Int
    let single: Int
    let second: (reduced: Int, outputs: Int)
    let third: (reduced: Int, outputs: Int)
    let pooled: Int

    init(
      _ channels: Int, _ single: Int, _ second: (Int, Int), _ third: (Int, Int), _ pooled: Int
    ) {
      self.channels = channels
      self.single = single
      self.second = second
      self.third = third
      self.pooled = pooled
    }

    var body: some Layer {
      Branches {
        BasicConv2d(channels, single, kernel: 1).named("branch1")
        Numbered {
          BasicConv2d(channels, second.reduced, kernel: 1)
          BasicConv2d(second.reduced, second.outputs, kernel: 3, padding: 1)
        }.named("branch2")
        Numbered {
          BasicConv2d(channels, third.reduced, kernel: 1)
          BasicConv2d(third.reduced, third.outputs, kernel: 3, padding: 1)
        }.named("branch3")
        Numbered {
          MaxPool2d(kernel: 3, stride: 1, padding: 1, roundsUp: true)
          BasicConv2d(channels, pooled, kernel: 1)
        }.named("branch4")
      }
    }
  }
}

extension Architecture {
  static let googLeNets = [
    Architecture(
      "googlenet", "GoogLeNet", family: "GoogLeNet",
      paper: Paper(
        title: "Going Deeper with Convolutions", authors: "Szegedy et al.", year: 2014,
        url: "https://arxiv.org/abs/1409.4842"),
      input: .image(224), GoogLeNet())
  ]
}
