// "MobileNetV2: Inverted Residuals and Linear Bottlenecks", Sandler et al., 2018.
// <https://arxiv.org/abs/1801.04381>

/// Blocks that widen, convolve each channel alone, and narrow again.
struct MobileNetV2: CompositeLayer {
  var body: some Layer {
    Numbered {
      ConvNormActivation(3, 32, stride: 2, activation: .relu6(inPlace: true))
      for block in Self.blocks { block }
      ConvNormActivation(320, 1280, kernel: 1, activation: .relu6(inPlace: true))
    }.named("features")
    AdaptiveAvgPool2d(1)
    Flatten()
    Numbered {
      Dropout(0.2)
      Linear(1280, 1000)
    }.named("classifier")
  }
}

extension MobileNetV2 {
  struct InvertedResidual: Layer {
    let inputChannels: Int
    let outputChannels: Int
    let stride: Int
    let expansion: Int

    private var hidden: Int { inputChannels * expansion }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let result = path.named("conv")(x, in: &graph)
      let keepsSize = stride == 1 && inputChannels == outputChannels
      return keepsSize ? graph.add(x, result) : result
    }

    private var path: Numbered {
      Numbered {
        if expansion != 1 {
          ConvNormActivation(
            inputChannels, hidden, kernel: 1, activation: .relu6(inPlace: true))
        }
        ConvNormActivation(
          hidden, hidden, stride: stride, groups: hidden, activation: .relu6(inPlace: true))
        Conv2d(hidden, outputChannels, kernel: 1, bias: false)
        BatchNorm2d(outputChannels)
      }
    }
  }

  /// Table 2 of the paper: expansion, channels, repetitions and first stride of each row.
  private static let rows = [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
    (6, 320, 1, 1),
  ]

  private static let blocks: [InvertedResidual] = {
    var blocks: [InvertedResidual] = []
    var channels = 32
    for (expansion, outputs, count, stride) in rows {
      for index in 0..<count {
        blocks.append(
          InvertedResidual(
            inputChannels: channels, outputChannels: outputs, stride: index == 0 ? stride : 1,
            expansion: expansion))
        channels = outputs
      }
    }
    return blocks
  }()
}

extension Architecture {
  static let mobileNetV2s = [
    Architecture(
      "mobilenet_v2", "MobileNet v2", family: "MobileNet",
      paper: Paper(
        title: "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
        authors: "Sandler, Howard, Zhu, Zhmoginov and Chen", year: 2018,
        url: "https://arxiv.org/abs/1801.04381"),
      input: .image(224), MobileNetV2())
  ]
}
