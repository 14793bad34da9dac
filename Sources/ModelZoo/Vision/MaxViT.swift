// "MaxViT: Multi-Axis Vision Transformer", Tu et al., 2022. <https://arxiv.org/abs/2204.01697>

import ModelGraph

/// Convolution, attention within windows, and attention across a grid, in turn.
struct MaxViT: CompositeLayer {
  let stemChannels = 64
  let channels = [64, 128, 256, 512]
  let depths = [2, 2, 5, 2]
  let dropProbability = 0.2

  var body: some Layer {
    Numbered {
      ConvNormActivation(3, stemChannels, stride: 2, epsilon: 1e-3, activation: .gelu)
      Numbered { Conv2d(stemChannels, stemChannels, kernel: 3, padding: 1) }
    }.named("stem")
    Sequential {
      for stage in channels.indices {
        Numbered(layers(of: stage)).named("layers").named("\(stage)")
      }
    }.named("blocks")
    Numbered {
      AdaptiveAvgPool2d(1)
      Flatten()
      LayerNorm(channels[3])
      Linear(channels[3], channels[3])
      Activation.tanh
      Linear(channels[3], 1000, bias: false)
    }.named("classifier")
  }

  private func layers(of stage: Int) -> [any Layer] {
    let incoming = stage == 0 ? stemChannels : channels[stage - 1]
    let total = depths.reduce(0, +)
    return (0..<depths[stage]).map { index in
      let number = depths[..<stage].reduce(0, +) + index
      return Unit(
        inputChannels: index == 0 ? incoming : channels[stage], channels: channels[stage],
        stride: index == 0 ? 2 : 1, side: 56 >> stage,
        dropProbability: dropProbability * Double(number) / Double(total - 1))
    }
  }
}

extension MaxViT {
  /// A convolution and the two attentions.
  struct Unit: CompositeLayer {
    let inputChannels: Int
    let channels: Int
    let stride: Int

    /// The height and width that the network was made for at this depth.
    let side: Int
    let dropProbability: Double

    var body: some Layer {
      Sequential {
        Convolution(
          inputChannels: inputChannels, channels: channels, stride: stride,
          dropProbability: dropProbability
        ).named("MBconv")
        PartitionAttention(
          channels: channels, side: side, isGrid: false, dropProbability: dropProbability
        ).named("window_attention")
        PartitionAttention(
          channels: channels, side: side, isGrid: true, dropProbability: dropProbability
        ).named("grid_attention")
      }.named("layers")
    }
  }

  /// An inverted residual that normalizes first.
  struct Convolution: Layer {
    let inputChannels: Int
    let channels: Int
    let stride: Int
    let dropProbability: Double

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let identity = shortcut(x, in: &graph)
      let result = path.named("layers")(x, in: &graph)
      let kept = StochasticDepth(dropProbability).named("stochastic_depth")(result, in: &graph)
      return graph.add(identity, kept)
    }

    private var shortcut: any Layer {
      guard stride != 1 || inputChannels != channels else { return Identity() }
      return Numbered {
        if stride == 2 { AvgPool2d(kernel: 3, stride: 2, padding: 1) }
        Conv2d(inputChannels, channels, kernel: 1)
      }.named("proj")
    }

    private var path: Sequential {
      let expanded = 4 * channels
      return Sequential {
        BatchNorm2d(inputChannels, epsilon: 1e-3).named("pre_norm")
        ConvNormActivation(
          inputChannels, expanded, kernel: 1, epsilon: 1e-3, activation: .gelu
        ).named("conv_a")
        ConvNormActivation(
          expanded, expanded, stride: stride, groups: expanded, epsilon: 1e-3,
          activation: .gelu
        ).named("conv_b")
        SqueezeExcitation(channels: expanded, squeezed: channels / 4, activation: .silu())
          .named("squeeze_excitation")
        Conv2d(expanded, channels, kernel: 1).named("conv_c")
      }
    }
  }
}

extension MaxViT {
  /// Attention among 7 × 7 tokens: neighbours in a window, or a grid spread over the image.
  struct PartitionAttention: Layer {
    let channels: Int
    let side: Int
    let isGrid: Bool
    let dropProbability: Double

    private var partition: Int { 7 }

    /// The height and width of the pieces that the image is cut into.
    private var piece: Int { isGrid ? side / partition : partition }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      graph.require(
        x.size(2) == side && x.size(3) == side,
        "attention is laid out for \(side) × \(side), not \(x.size(2)) × \(x.size(3)); "
          + "the network takes images of 224 × 224")
      var y = cut(x, in: &graph)
      if isGrid { y = graph.transpose(y, -2, -3) }
      y = attended(y, in: &graph)
      if isGrid { y = graph.transpose(y, -2, -3) }
      return assembled(y, like: x, in: &graph)
    }

    private func attended(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      Sequential {
        Residual {
          Numbered {
            LayerNorm(channels)
            RelativeAttention(features: channels, tokens: partition * partition)
          }.named("attn_layer")
          StochasticDepth(dropProbability).named("stochastic_dropout")
        }
        Residual {
          Numbered {
            LayerNorm(channels)
            Linear(channels, 4 * channels)
            Activation.gelu
            Linear(4 * channels, channels)
          }.named("mlp_layer")
          StochasticDepth(dropProbability).named("stochastic_dropout")
        }
      }(x, in: &graph)
    }

    /// The pieces, `[batch, pieces, tokens, channels]`.
    private func cut(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let count = side / piece
      let split = graph.view(x, [x.size(0), channels, count, piece, count, piece])
      let ordered = reorder(split, [0, 2, 4, 3, 5, 1], in: &graph)
      return graph.view(ordered, [x.size(0), count * count, piece * piece, channels])
    }

    private func assembled(
      _ pieces: Variable, like x: Variable, in graph: inout GraphBuilder
    ) -> Variable {
      let count = side / piece
      let split = graph.view(pieces, [x.size(0), count, count, piece, piece, channels])
      let ordered = reorder(split, [0, 5, 1, 3, 2, 4], in: &graph)
      return graph.view(ordered, x.shape)
    }

    /// A copy in another order, or a view where no two axes have to become one.
    private func reorder(
      _ x: Variable, _ axes: [Int], in graph: inout GraphBuilder
    ) -> Variable {
      side == partition ? graph.permute(x, axes) : graph.reorder(x, axes)
    }
  }

  /// Attention with a learned number for each offset between two tokens.
  struct RelativeAttention: Layer {
    let features: Int
    let tokens: Int

    private var heads: Int { features / 32 }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let packed = graph.hold(Linear(features, 3 * features).named("to_qkv")(x, in: &graph))
      let parts = graph.chunk(packed, into: 3, axis: -1).map { part in
        let split = graph.view(part, [x.size(0), x.size(1), tokens, heads, 32])
        return graph.permute(split, [0, 1, 3, 2, 4])
      }
      let key = graph.hold(graph.scale(parts[1], by: 1 / Double(features).squareRoot()))
      let products = graph.matrixProduct(parts[0], graph.transpose(key, -2, -1))
      let scores = graph.add(products, graph.hold(positionBias(in: &graph)))
      let weights = graph.hold(graph.softmax(scores))
      graph.hold(products, through: weights)
      let mixed = graph.matrixProduct(weights, parts[2])
      let joined = graph.reorder(mixed, [0, 1, 3, 2, 4])
      let rows = graph.view(joined, x.shape)
      return Linear(features, features).named("merge")(rows, in: &graph)
    }

    private func positionBias(in graph: inout GraphBuilder) -> Variable {
      let table = graph.parameter("relative_position_bias_table", [13 * 13, heads])
      let index = graph.state("relative_position_index", .int64, [tokens, tokens])
      let rows = graph.rows(of: table, at: graph.view(index, [tokens * tokens]))
      let bias = graph.view(rows, [tokens, tokens, heads])
      let headed = graph.reorder(bias, [2, 0, 1])
      return graph.view(headed, [1, heads, tokens, tokens])
    }
  }
}

extension Architecture {
  static let maxViTs = [
    Architecture(
      "maxvit_t", "MaxViT tiny", family: "MaxViT",
      paper: Paper(
        title: "MaxViT: Multi-Axis Vision Transformer",
        authors: "Tu, Talebi, Zhang, Yang, Milanfar, Bovik and Li", year: 2022,
        url: "https://arxiv.org/abs/2204.01697"),
      input: .image(224), MaxViT()
    ).constructed(.maxViT)
  ]
}
