// "MnasNet: Platform-Aware Neural Architecture Search for Mobile", Tan et al., 2018.
// <https://arxiv.org/abs/1807.11626>

/// Stacks of inverted residuals found by searching, the network B1 of the paper.
struct MNASNet: CompositeLayer {
  let width: Double

  /// The channels of the stem's two convolutions and of the six stacks.
  private var channels: [Int] {
    [32, 16, 24, 40, 80, 96, 192, 320].map { divisibleChannels(Double($0) * width) }
  }

  var body: some Layer {
    let channels = channels
    Numbered {
      Conv2d(3, channels[0], kernel: 3, stride: 2, padding: 1, bias: false)
      BatchNorm2d(channels[0])
      Activation.relu(inPlace: true)
      Conv2d(
        channels[0], channels[0], kernel: 3, padding: 1, groups: channels[0], bias: false)
      BatchNorm2d(channels[0])
      Activation.relu(inPlace: true)
      Conv2d(channels[0], channels[1], kernel: 1, bias: false)
      BatchNorm2d(channels[1])
      stack(channels[1], channels[2], kernel: 3, stride: 2, expansion: 3, count: 3)
      stack(channels[2], channels[3], kernel: 5, stride: 2, expansion: 3, count: 3)
      stack(channels[3], channels[4], kernel: 5, stride: 2, expansion: 6, count: 3)
      stack(channels[4], channels[5], kernel: 3, stride: 1, expansion: 6, count: 2)
      stack(channels[5], channels[6], kernel: 5, stride: 2, expansion: 6, count: 4)
      stack(channels[6], channels[7], kernel: 3, stride: 1, expansion: 6, count: 1)
      Conv2d(channels[7], 1280, kernel: 1, bias: false)
      BatchNorm2d(1280)
      Activation.relu(inPlace: true)
    }.named("layers")
    ImageMean()
    Numbered {
      Dropout(0.2, inPlace: true)
      Linear(1280, 1000)
    }.named("classifier")
  }

  private func stack(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int, expansion: Int, count: Int
  ) -> some Layer {
    Repeat(count) { index in
      InvertedResidual(
        inputChannels: index == 0 ? inputs : outputs, outputChannels: outputs, kernel: kernel,
        stride: index == 0 ? stride : 1, expansion: expansion)
    }
  }
}

extension MNASNet {
  struct InvertedResidual: Layer {
    let inputChannels: Int
    let outputChannels: Int
    let kernel: Int
    let stride: Int
    let expansion: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let result = path.named("layers")(x, in: &graph)
      let keepsSize = stride == 1 && inputChannels == outputChannels
      return keepsSize ? graph.add(result, x) : result
    }

    private var path: Numbered {
      let hidden = inputChannels * expansion
      return Numbered {
        Conv2d(inputChannels, hidden, kernel: 1, bias: false)
        BatchNorm2d(hidden)
        Activation.relu(inPlace: true)
        Conv2d(
          hidden, hidden, kernel: Extent(kernel), stride: Extent(stride),
          padding: Extent(kernel / 2), groups: hidden, bias: false)
        BatchNorm2d(hidden)
        Activation.relu(inPlace: true)
        Conv2d(hidden, outputChannels, kernel: 1, bias: false)
        BatchNorm2d(outputChannels)
      }
    }
  }
}

extension Architecture {
  static let mnasNets = [
    mnasNet("0_5", 0.5), mnasNet("0_75", 0.75), mnasNet("1_0", 1), mnasNet("1_3", 1.3),
  ]

  private static func mnasNet(_ suffix: String, _ width: Double) -> Architecture {
    Architecture(
      "mnasnet\(suffix)", "MnasNet-B1, width \(width)", family: "MnasNet",
      paper: Paper(
        title: "MnasNet: Platform-Aware Neural Architecture Search for Mobile",
        authors: "Tan, Chen, Pang, Vasudevan, Sandler, Howard and Le", year: 2018,
        url: "https://arxiv.org/abs/1807.11626"),
      input: .image(224), MNASNet(width: width))
  }
}
