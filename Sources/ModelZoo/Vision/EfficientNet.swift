// "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", Tan and Le, 2019.
// <https://arxiv.org/abs/1905.11946>
// "EfficientNetV2: Smaller Models and Faster Training", Tan and Le, 2021.
// <https://arxiv.org/abs/2104.00298>

/// Stages of inverted residuals with squeeze-and-excitation.
struct EfficientNet: CompositeLayer {
  let stages: [Stage]
  let lastChannels: Int
  let dropout: Double
  let epsilon: Double

  var body: some Layer {
    Numbered {
      ConvNormActivation(
        3, stages[0].inputChannels, stride: 2, epsilon: epsilon,
        activation: .silu(inPlace: true))
      for stage in blocks { Numbered(stage) }
      ConvNormActivation(
        stages[stages.count - 1].outputChannels, lastChannels, kernel: 1, epsilon: epsilon,
        activation: .silu(inPlace: true))
    }.named("features")
    AdaptiveAvgPool2d(1).named("avgpool")
    Flatten()
    Numbered {
      Dropout(dropout, inPlace: true)
      Linear(lastChannels, 1000)
    }.named("classifier")
  }

  /// The blocks of each stage; the chance to drop one grows with its number up to 0.2.
  private var blocks: [[any Layer]] {
    let total = stages.map(\.count).reduce(0, +)
    var number = 0
    return stages.map { stage in
      (0..<stage.count).map { index in
        defer { number += 1 }
        return Block(
          stage: stage, inputChannels: index == 0 ? stage.inputChannels : stage.outputChannels,
          stride: index == 0 ? stage.stride : 1, epsilon: epsilon,
          dropProbability: 0.2 * Double(number) / Double(total))
      }
    }
  }
}

extension EfficientNet {
  /// An inverted residual; a fused one has one full convolution for the widening and depthwise ones.
  struct Block: Layer {
    let stage: Stage
    let inputChannels: Int
    let stride: Int
    let epsilon: Double
    let dropProbability: Double

    private var expanded: Int {
      divisibleChannels(Double(inputChannels) * Double(stage.expansion))
    }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let path = Numbered(stage.isFused ? fused.layers : separable.layers)
      let result = path.named("block")(x, in: &graph)
      guard stride == 1, inputChannels == stage.outputChannels else { return result }
      let kept = StochasticDepth(dropProbability).named("stochastic_depth")(result, in: &graph)
      return graph.add(kept, x, inPlace: true)
    }

    @LayerBuilder private var separable: Sequential {
      if expanded != inputChannels {
        convolution(inputChannels, expanded, kernel: 1, activation: .silu(inPlace: true))
      }
      convolution(
        expanded, expanded, kernel: stage.kernel, stride: stride, groups: expanded,
        activation: .silu(inPlace: true))
      SqueezeExcitation(
        channels: expanded, squeezed: max(1, inputChannels / 4),
        activation: .silu(inPlace: true))
      convolution(expanded, stage.outputChannels, kernel: 1, activation: nil)
    }

    @LayerBuilder private var fused: Sequential {
      if expanded != inputChannels {
        convolution(
          inputChannels, expanded, kernel: stage.kernel, stride: stride,
          activation: .silu(inPlace: true))
        convolution(expanded, stage.outputChannels, kernel: 1, activation: nil)
      } else {
        convolution(
          inputChannels, stage.outputChannels, kernel: stage.kernel, stride: stride,
          activation: .silu(inPlace: true))
      }
    }

    private func convolution(
      _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, groups: Int = 1,
      activation: Activation?
    ) -> ConvNormActivation {
      ConvNormActivation(
        inputs, outputs, kernel: kernel, stride: stride, groups: groups, epsilon: epsilon,
        activation: activation)
    }
  }

  /// Blocks of the same shape, the first of which changes size and channels.
  struct Stage: Sendable {
    var expansion: Int
    var kernel: Int
    var stride: Int
    var inputChannels: Int
    var outputChannels: Int
    var count: Int
    var isFused = false

    init(
      _ expansion: Int, _ kernel: Int, _ stride: Int, _ inputChannels: Int,
      _ outputChannels: Int, _ count: Int, isFused: Bool = false
    ) {
      self.expansion = expansion
      self.kernel = kernel
      self.stride = stride
      self.inputChannels = inputChannels
      self.outputChannels = outputChannels
      self.count = count
      self.isFused = isFused
    }
  }
}

extension EfficientNet {
  /// The network B0, Table 1 of the first paper.
  private static let b0 = [
    Stage(1, 3, 1, 32, 16, 1), Stage(6, 3, 2, 16, 24, 2), Stage(6, 5, 2, 24, 40, 2),
    Stage(6, 3, 2, 40, 80, 3), Stage(6, 5, 1, 80, 112, 3), Stage(6, 5, 2, 112, 192, 4),
    Stage(6, 3, 1, 192, 320, 1),
  ]

  /// The first network with its channels and its depths multiplied.
  init(width: Double, depth: Double, dropout: Double, epsilon: Double) {
    stages = Self.b0.map { stage in
      var scaled = stage
      scaled.inputChannels = divisibleChannels(Double(stage.inputChannels) * width)
      scaled.outputChannels = divisibleChannels(Double(stage.outputChannels) * width)
      scaled.count = Int((Double(stage.count) * depth).rounded(.up))
      return scaled
    }
    lastChannels = 4 * stages[stages.count - 1].outputChannels
    self.dropout = dropout
    self.epsilon = epsilon
  }

  fileprivate init(v2 stages: [Stage], dropout: Double) {
    self.stages = stages
    lastChannels = 1280
    self.dropout = dropout
    epsilon = 1e-3
  }

  /// Table 4 of the second paper.
  static let v2Small = EfficientNet(
    v2: [
      Stage(1, 3, 1, 24, 24, 2, isFused: true), Stage(4, 3, 2, 24, 48, 4, isFused: true),
      Stage(4, 3, 2, 48, 64, 4, isFused: true), Stage(4, 3, 2, 64, 128, 6),
      Stage(6, 3, 1, 128, 160, 9), Stage(6, 3, 2, 160, 256, 15),
    ], dropout: 0.2)

  static let v2Medium = EfficientNet(
    v2: [
      Stage(1, 3, 1, 24, 24, 3, isFused: true), Stage(4, 3, 2, 24, 48, 5, isFused: true),
      Stage(4, 3, 2, 48, 80, 5, isFused: true), Stage(4, 3, 2, 80, 160, 7),
      Stage(6, 3, 1, 160, 176, 14), Stage(6, 3, 2, 176, 304, 18), Stage(6, 3, 1, 304, 512, 5),
    ], dropout: 0.3)

  static let v2Large = EfficientNet(
    v2: [
      Stage(1, 3, 1, 32, 32, 4, isFused: true), Stage(4, 3, 2, 32, 64, 7, isFused: true),
      Stage(4, 3, 2, 64, 96, 7, isFused: true), Stage(4, 3, 2, 96, 192, 10),
      Stage(6, 3, 1, 192, 224, 19), Stage(6, 3, 2, 224, 384, 25), Stage(6, 3, 1, 384, 640, 7),
    ], dropout: 0.4)
}

extension Architecture {
  static let efficientNets = [
    efficientNet("b0", 224, width: 1, depth: 1, dropout: 0.2),
    efficientNet("b1", 240, width: 1, depth: 1.1, dropout: 0.2),
    efficientNet("b2", 288, width: 1.1, depth: 1.2, dropout: 0.3),
    efficientNet("b3", 300, width: 1.2, depth: 1.4, dropout: 0.3),
    efficientNet("b4", 380, width: 1.4, depth: 1.8, dropout: 0.4),
    efficientNet("b5", 456, width: 1.6, depth: 2.2, dropout: 0.4, epsilon: 1e-3),
    efficientNet("b6", 528, width: 1.8, depth: 2.6, dropout: 0.5, epsilon: 1e-3),
    efficientNet("b7", 600, width: 2, depth: 3.1, dropout: 0.5, epsilon: 1e-3),
    efficientNetV2("s", "small", 384, .v2Small), efficientNetV2("m", "medium", 480, .v2Medium),
    efficientNetV2("l", "large", 480, .v2Large),
  ]

  private static func efficientNet(
    _ size: String, _ image: Int, width: Double, depth: Double, dropout: Double,
    epsilon: Double = 1e-5
  ) -> Architecture {
    Architecture(
      "efficientnet_\(size)", "EfficientNet-\(size.uppercased())", family: "EfficientNet",
      paper: Paper(
        title: "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
        authors: "Tan and Le", year: 2019, url: "https://arxiv.org/abs/1905.11946"),
      input: .image(image),
      EfficientNet(width: width, depth: depth, dropout: dropout, epsilon: epsilon))
  }

  private static func efficientNetV2(
    _ suffix: String, _ size: String, _ image: Int, _ network: EfficientNet
  ) -> Architecture {
    Architecture(
      "efficientnet_v2_\(suffix)", "EfficientNet v2 \(size)", family: "EfficientNet",
      paper: Paper(
        title: "EfficientNetV2: Smaller Models and Faster Training", authors: "Tan and Le",
        year: 2021, url: "https://arxiv.org/abs/2104.00298"),
      input: .image(image), network)
  }
}
