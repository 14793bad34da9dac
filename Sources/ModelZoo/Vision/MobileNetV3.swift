// "Searching for MobileNetV3", Howard et al., 2019. <https://arxiv.org/abs/1905.02244>

/// Inverted residuals with squeeze-and-excitation and piecewise-linear activations.
struct MobileNetV3: CompositeLayer {
  let blocks: [InvertedResidual]
  let lastChannels: Int

  private var channels: Int { blocks.last?.outputChannels ?? 16 }

  var body: some Layer {
    Numbered {
      ConvNormActivation(
        3, 16, stride: 2, epsilon: 1e-3, activation: .hardSwish(inPlace: true))
      for block in blocks { block }
      ConvNormActivation(
        channels, 6 * channels, kernel: 1, epsilon: 1e-3, activation: .hardSwish(inPlace: true))
    }.named("features")
    AdaptiveAvgPool2d(1).named("avgpool")
    Flatten()
    Numbered {
      Linear(6 * channels, lastChannels)
      Activation.hardSwish(inPlace: true)
      Dropout(0.2, inPlace: true)
      Linear(lastChannels, 1000)
    }.named("classifier")
  }
}

extension MobileNetV3 {
  struct InvertedResidual: Layer {
    let inputChannels: Int
    let kernel: Int
    let expanded: Int
    let outputChannels: Int
    let squeezes: Bool
    let activation: Activation
    let stride: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let result = path.named("block")(x, in: &graph)
      let keepsSize = stride == 1 && inputChannels == outputChannels
      return keepsSize ? graph.add(result, x, inPlace: true) : result
    }

    private var path: Numbered {
      Numbered {
        if expanded != inputChannels {
          ConvNormActivation(
            inputChannels, expanded, kernel: 1, epsilon: 1e-3, activation: activation)
        }
        ConvNormActivation(
          expanded, expanded, kernel: kernel, stride: stride, groups: expanded, epsilon: 1e-3,
          activation: activation)
        if squeezes {
          SqueezeExcitation(
            channels: expanded, squeezed: divisibleChannels(Double(expanded / 4)),
            gate: .hardSigmoid())
        }
        ConvNormActivation(
          expanded, outputChannels, kernel: 1, epsilon: 1e-3, activation: nil)
      }
    }
  }

  /// One row of the paper's tables: the input's channels come from the row before.
  fileprivate struct Row {
    let kernel: Int
    let expanded: Int
    let outputs: Int
    let squeezes: Bool
    let activation: Activation
    let stride: Int

    init(
      _ kernel: Int, _ expanded: Int, _ outputs: Int, _ squeezes: Bool,
      _ activation: Activation, _ stride: Int
    ) {
      self.kernel = kernel
      self.expanded = expanded
      self.outputs = outputs
      self.squeezes = squeezes
      self.activation = activation
      self.stride = stride
    }
  }

  fileprivate init(_ rows: [Row], lastChannels: Int) {
    var channels = 16
    blocks = rows.map { row in
      defer { channels = row.outputs }
      return InvertedResidual(
        inputChannels: channels, kernel: row.kernel, expanded: row.expanded,
        outputChannels: row.outputs, squeezes: row.squeezes, activation: row.activation,
        stride: row.stride)
    }
    self.lastChannels = lastChannels
  }
}

extension MobileNetV3 {
  private static let relu = Activation.relu(inPlace: true)
  private static let swish = Activation.hardSwish(inPlace: true)

  /// Table 1 of the paper.
  static let large = MobileNetV3(
    [
      Row(3, 16, 16, false, relu, 1), Row(3, 64, 24, false, relu, 2),
      Row(3, 72, 24, false, relu, 1), Row(5, 72, 40, true, relu, 2),
      Row(5, 120, 40, true, relu, 1), Row(5, 120, 40, true, relu, 1),
      Row(3, 240, 80, false, swish, 2), Row(3, 200, 80, false, swish, 1),
      Row(3, 184, 80, false, swish, 1), Row(3, 184, 80, false, swish, 1),
      Row(3, 480, 112, true, swish, 1), Row(3, 672, 112, true, swish, 1),
      Row(5, 672, 160, true, swish, 2), Row(5, 960, 160, true, swish, 1),
      Row(5, 960, 160, true, swish, 1),
    ], lastChannels: 1280)

  /// Table 2 of the paper.
  static let small = MobileNetV3(
    [
      Row(3, 16, 16, true, relu, 2), Row(3, 72, 24, false, relu, 2),
      Row(3, 88, 24, false, relu, 1), Row(5, 96, 40, true, swish, 2),
      Row(5, 240, 40, true, swish, 1), Row(5, 240, 40, true, swish, 1),
      Row(5, 120, 48, true, swish, 1), Row(5, 144, 48, true, swish, 1),
      Row(5, 288, 96, true, swish, 2), Row(5, 576, 96, true, swish, 1),
      Row(5, 576, 96, true, swish, 1),
    ], lastChannels: 1024)
}

extension Architecture {
  static let mobileNetV3s = [
    mobileNetV3("mobilenet_v3_large", "MobileNet v3 large", .large),
    mobileNetV3("mobilenet_v3_small", "MobileNet v3 small", .small),
  ]

  private static func mobileNetV3(
    _ name: String, _ title: String, _ network: MobileNetV3
  ) -> Architecture {
    Architecture(
      name, title, family: "MobileNet",
      paper: Paper(
        title: "Searching for MobileNetV3", authors: "Howard et al.", year: 2019,
        url: "https://arxiv.org/abs/1905.02244"),
      input: .image(224), network)
  }
}
