// "Designing Network Design Spaces", Radosavovic, Kosaraju, Girshick, He and Dollár, 2020.
// <https://arxiv.org/abs/2003.13678>

/// Four stages of residual bottlenecks, their widths and depths from a quantised line.
struct RegNet: CompositeLayer {
  let configuration: Configuration

  var body: some Layer {
    ConvNormActivation(3, 32, stride: 2, activation: .relu(inPlace: true)).named("stem")
    Sequential {
      for stage in 1...4 { Sequential(blocks(of: stage)).named("block\(stage)") }
    }.named("trunk_output")
    AdaptiveAvgPool2d(1).named("avgpool")
    Flatten()
    Linear(configuration.widths[3], 1000).named("fc")
  }

  private func blocks(of stage: Int) -> [any Layer] {
    let width = configuration.widths[stage - 1]
    let incoming = stage == 1 ? 32 : configuration.widths[stage - 2]
    return (0..<configuration.depths[stage - 1]).map { index in
      Block(
        inputChannels: index == 0 ? incoming : width, outputChannels: width,
        stride: index == 0 ? 2 : 1, configuration: configuration
      ).named("block\(stage)-\(index)")
    }
  }
}

extension RegNet {
  /// A grouped convolution between two 1 × 1 convolutions, added to the input or its projection.
  struct Block: Layer {
    let inputChannels: Int
    let outputChannels: Int
    let stride: Int
    let configuration: Configuration

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let identity = shortcut(x, in: &graph)
      let result = path.named("f")(x, in: &graph)
      let sum = graph.add(identity, result)
      return Activation.relu(inPlace: true).named("activation")(sum, in: &graph)
    }

    private var shortcut: any Layer {
      guard stride != 1 || inputChannels != outputChannels else { return Identity() }
      return ConvNormActivation(
        inputChannels, outputChannels, kernel: 1, stride: stride, activation: nil
      ).named("proj")
    }

    private var path: Sequential {
      let groups = outputChannels / min(configuration.groupWidth, outputChannels)
      return Sequential {
        ConvNormActivation(
          inputChannels, outputChannels, kernel: 1, activation: .relu(inPlace: true)
        ).named("a")
        ConvNormActivation(
          outputChannels, outputChannels, stride: stride, groups: groups,
          activation: .relu(inPlace: true)
        ).named("b")
        if configuration.squeezes {
          SqueezeExcitation(channels: outputChannels, squeezed: squeezed).named("se")
        }
        ConvNormActivation(outputChannels, outputChannels, kernel: 1, activation: nil)
          .named("c")
      }
    }

    /// A quarter of the input's channels.
    private var squeezed: Int {
      Int((Double(inputChannels) / 4).rounded(.toNearestOrEven))
    }
  }

  struct Configuration: Sendable {
    let widths: [Int]
    let depths: [Int]

    /// The channels of a group; a narrower stage is one group.
    let groupWidth: Int

    /// Whether blocks have squeeze-and-excitation, which makes an X to a Y.
    let squeezes: Bool
  }
}

extension Architecture {
  static let regNets = [
    regNetX("400mf", "400MF", [32, 64, 160, 400], [1, 2, 7, 12], 16),
    regNetX("800mf", "800MF", [64, 128, 288, 672], [1, 3, 7, 5], 16),
    regNetX("1_6gf", "1.6GF", [72, 168, 408, 912], [2, 4, 10, 2], 24),
    regNetX("3_2gf", "3.2GF", [96, 192, 432, 1008], [2, 6, 15, 2], 48),
    regNetX("8gf", "8GF", [80, 240, 720, 1920], [2, 5, 15, 1], 120),
    regNetX("16gf", "16GF", [256, 512, 896, 2048], [2, 6, 13, 1], 128),
    regNetX("32gf", "32GF", [336, 672, 1344, 2520], [2, 7, 13, 1], 168),
    regNetY("400mf", "400MF", [48, 104, 208, 440], [1, 3, 6, 6], 8),
    regNetY("800mf", "800MF", [64, 144, 320, 784], [1, 3, 8, 2], 16),
    regNetY("1_6gf", "1.6GF", [48, 120, 336, 888], [2, 6, 17, 2], 24),
    regNetY("3_2gf", "3.2GF", [72, 216, 576, 1512], [2, 5, 13, 1], 24),
    regNetY("8gf", "8GF", [224, 448, 896, 2016], [2, 4, 10, 1], 56),
    regNetY("16gf", "16GF", [224, 448, 1232, 3024], [2, 4, 11, 1], 112),
    regNetY("32gf", "32GF", [232, 696, 1392, 3712], [2, 5, 12, 1], 232),
    regNetY("128gf", "128GF", [528, 1056, 2904, 7392], [2, 7, 17, 1], 264),
  ]

  private static func regNetX(
    _ suffix: String, _ work: String, _ widths: [Int], _ depths: [Int], _ groupWidth: Int
  ) -> Architecture {
    regNet(
      "regnet_x_\(suffix)", "RegNetX-\(work)",
      .init(widths: widths, depths: depths, groupWidth: groupWidth, squeezes: false))
  }

  private static func regNetY(
    _ suffix: String, _ work: String, _ widths: [Int], _ depths: [Int], _ groupWidth: Int
  ) -> Architecture {
    regNet(
      "regnet_y_\(suffix)", "RegNetY-\(work)",
      .init(widths: widths, depths: depths, groupWidth: groupWidth, squeezes: true))
  }

  private static func regNet(
    _ name: String, _ title: String, _ configuration: RegNet.Configuration
  ) -> Architecture {
    Architecture(
      name, title, family: "RegNet",
      paper: Paper(
        title: "Designing Network Design Spaces",
        authors: "Radosavovic, Kosaraju, Girshick, He and Dollár", year: 2020,
        url: "https://arxiv.org/abs/2003.13678"),
      input: .image(224), RegNet(configuration: configuration))
  }
}
