// "A ConvNet for the 2020s", Liu, Mao, Wu, Feichtenhofer, Darrell and Xie, 2022.
// <https://arxiv.org/abs/2201.03545>

import ModelGraph

/// A convolutional network laid out like a Swin transformer.
struct ConvNeXt: CompositeLayer {
  let channels: [Int]
  let depths: [Int]

  /// The chance to drop the last block; it grows from nothing at the first.
  let dropProbability: Double

  var body: some Layer {
    Numbered {
      Numbered {
        Conv2d(3, channels[0], kernel: 4, stride: 4)
        LayerNorm2d(channels[0])
      }
      for stage in channels.indices {
        if stage > 0 {
          Numbered {
            LayerNorm2d(channels[stage - 1])
            Conv2d(channels[stage - 1], channels[stage], kernel: 2, stride: 2)
          }
        }
        Repeat(depths[stage]) { block in
          Block(channels: channels[stage], dropProbability: chance(stage, block))
        }
      }
    }.named("features")
    AdaptiveAvgPool2d(1).named("avgpool")
    Numbered {
      LayerNorm2d(channels[3])
      Flatten()
      Linear(channels[3], 1000)
    }.named("classifier")
  }

  private func chance(_ stage: Int, _ block: Int) -> Double {
    let number = depths[..<stage].reduce(0, +) + block
    return dropProbability * Double(number) / Double(depths.reduce(0, +) - 1)
  }
}

extension ConvNeXt {
  /// A depthwise convolution and a feed-forward network over the channels, scaled and added back.
  struct Block: Layer {
    let channels: Int
    let dropProbability: Double

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let scale = graph.parameter("layer_scale", [channels, 1, 1])
      let y = path.named("block")(x, in: &graph)
      let scaled = graph.multiply(scale, y)
      let kept = StochasticDepth(dropProbability).named("stochastic_depth")(scaled, in: &graph)
      return graph.add(kept, x, inPlace: true)
    }

    private var path: Numbered {
      Numbered {
        Conv2d(channels, channels, kernel: 7, padding: 3, groups: channels)
        Permute([0, 2, 3, 1])
        LayerNorm(channels, epsilon: 1e-6)
        Linear(channels, 4 * channels)
        Activation.gelu
        Linear(4 * channels, channels)
        Permute([0, 3, 1, 2])
      }
    }
  }
}

extension Architecture {
  static let convNeXts = [
    convNeXt("tiny", [96, 192, 384, 768], [3, 3, 9, 3], 0.1),
    convNeXt("small", [96, 192, 384, 768], [3, 3, 27, 3], 0.4),
    convNeXt("base", [128, 256, 512, 1024], [3, 3, 27, 3], 0.5),
    convNeXt("large", [192, 384, 768, 1536], [3, 3, 27, 3], 0.5),
  ]

  private static func convNeXt(
    _ size: String, _ channels: [Int], _ depths: [Int], _ dropProbability: Double
  ) -> Architecture {
    Architecture(
      "convnext_\(size)", "ConvNeXt \(size)", family: "ConvNeXt",
      paper: Paper(
        title: "A ConvNet for the 2020s",
        authors: "Liu, Mao, Wu, Feichtenhofer, Darrell and Xie", year: 2022,
        url: "https://arxiv.org/abs/2201.03545"),
      input: .image(224),
      ConvNeXt(channels: channels, depths: depths, dropProbability: dropProbability)
    ).constructed(.convNeXt)
  }
}
