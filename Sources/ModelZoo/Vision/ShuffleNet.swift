// "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", Ma et al., 2018.
// <https://arxiv.org/abs/1807.11164>

/// Blocks that work on half of the channels and mix the halves afterwards.
struct ShuffleNetV2: CompositeLayer {
  /// The channels of the three stages and of the last convolution.
  let channels: [Int]

  private var lastChannels: Int { channels[3] }

  var body: some Layer {
    Numbered {
      Conv2d(3, 24, kernel: 3, stride: 2, padding: 1, bias: false)
      BatchNorm2d(24)
      Activation.relu(inPlace: true)
    }.named("conv1")
    MaxPool2d(kernel: 3, stride: 2, padding: 1).named("maxpool")
    for (index, count) in [4, 8, 4].enumerated() {
      Numbered(blocks(count, from: index == 0 ? 24 : channels[index - 1], to: channels[index]))
        .named("stage\(index + 2)")
    }
    Numbered {
      Conv2d(channels[2], lastChannels, kernel: 1, bias: false)
      BatchNorm2d(lastChannels)
      Activation.relu(inPlace: true)
    }.named("conv5")
    ImageMean()
    Linear(lastChannels, 1000).named("fc")
  }

  private func blocks(_ count: Int, from inputs: Int, to outputs: Int) -> [any Layer] {
    [DownsamplingUnit(inputChannels: inputs, outputChannels: outputs)]
      + Array(repeating: Unit(channels: outputs), count: count - 1)
  }
}

extension ShuffleNetV2 {
  /// Half of the channels pass; the other half is convolved.
  struct Unit: Layer {
    let channels: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let halves = graph.chunk(x, into: 2, axis: 1)
      let path = Path(inputChannels: channels / 2, outputChannels: channels / 2, stride: 1)
      let convolved = path.named("branch2")(halves[1], in: &graph)
      let joined = graph.concatenate([halves[0], convolved], axis: 1)
      return ChannelShuffle()(joined, in: &graph)
    }
  }

  /// Two paths over all channels, each to half of the output's.
  struct DownsamplingUnit: CompositeLayer {
    let inputChannels: Int
    let outputChannels: Int

    var body: some Layer {
      Branches {
        Numbered {
          Conv2d(
            inputChannels, inputChannels, kernel: 3, stride: 2, padding: 1,
            groups: inputChannels, bias: false)
          BatchNorm2d(inputChannels)
          Conv2d(inputChannels, outputChannels / 2, kernel: 1, bias: false)
          BatchNorm2d(outputChannels / 2)
          Activation.relu(inPlace: true)
        }.named("branch1")
        Path(inputChannels: inputChannels, outputChannels: outputChannels / 2, stride: 2)
          .named("branch2")
      }
      ChannelShuffle()
    }
  }

  struct Path: CompositeLayer {
    let inputChannels: Int
    let outputChannels: Int
    let stride: Int

    var body: some Layer {
      Numbered {
        Conv2d(inputChannels, outputChannels, kernel: 1, bias: false)
        BatchNorm2d(outputChannels)
        Activation.relu(inPlace: true)
        Conv2d(
          outputChannels, outputChannels, kernel: 3, stride: Extent(stride), padding: 1,
          groups: outputChannels, bias: false)
        BatchNorm2d(outputChannels)
        Conv2d(outputChannels, outputChannels, kernel: 1, bias: false)
        BatchNorm2d(outputChannels)
        Activation.relu(inPlace: true)
      }
    }
  }

  /// Takes channels alternately from the two halves.
  struct ChannelShuffle: Layer {
    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let halves = graph.view(x, [x.size(0), 2, x.size(1) / 2, x.size(2), x.size(3)])
      let mixed = graph.contiguous(graph.transpose(halves, 1, 2))
      return graph.view(mixed, x.shape)
    }
  }
}

extension Architecture {
  static let shuffleNets = [
    shuffleNet("0_5", "0.5", [48, 96, 192, 1024]), shuffleNet("1_0", "1", [116, 232, 464, 1024]),
    shuffleNet("1_5", "1.5", [176, 352, 704, 1024]),
    shuffleNet("2_0", "2", [244, 488, 976, 2048]),
  ]

  private static func shuffleNet(
    _ suffix: String, _ width: String, _ channels: [Int]
  ) -> Architecture {
    Architecture(
      "shufflenet_v2_x\(suffix)", "ShuffleNet v2, width \(width)", family: "ShuffleNet",
      paper: Paper(
        title: "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design",
        authors: "Ma, Zhang, Zheng and Sun", year: 2018,
        url: "https://arxiv.org/abs/1807.11164"),
      input: .image(224), ShuffleNetV2(channels: channels))
  }
}
