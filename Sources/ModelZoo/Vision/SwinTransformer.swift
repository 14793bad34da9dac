// "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows", Liu et al., 2021.
// <https://arxiv.org/abs/2103.14030>
// "Swin Transformer V2: Scaling Up Capacity and Resolution", Liu et al., 2021.
// <https://arxiv.org/abs/2111.09883>

import ModelGraph

/// A transformer that attends within windows, which every second block shifts by half.
struct SwinTransformer: CompositeLayer {
  let configuration: Configuration

  var body: some Layer {
    let widths = (0..<4).map { configuration.features << $0 }
    Numbered {
      Numbered {
        Conv2d(3, widths[0], kernel: 4, stride: 4)
        Permute([0, 2, 3, 1])
        LayerNorm(widths[0])
      }
      for stage in 0..<4 {
        if stage > 0 {
          PatchMerging(features: widths[stage - 1], isSecondVersion: configuration.isV2)
        }
        Repeat(configuration.depths[stage]) { index in
          block(stage, index, features: widths[stage])
        }
      }
    }.named("features")
    LayerNorm(widths[3]).named("norm")
    Permute([0, 3, 1, 2]).named("permute")
    AdaptiveAvgPool2d(1).named("avgpool")
    Flatten().named("flatten")
    Linear(widths[3], 1000).named("head")
  }

  private func block(_ stage: Int, _ index: Int, features: Int) -> Block {
    let number = configuration.depths[..<stage].reduce(0, +) + index
    let last = configuration.depths.reduce(0, +) - 1
    return Block(
      attention: WindowAttention(
        features: features, heads: configuration.heads[stage], window: configuration.window,
        isShifted: index % 2 == 1, isSecondVersion: configuration.isV2),
      dropProbability: configuration.dropProbability * Double(number) / Double(last))
  }
}

extension SwinTransformer {
  /// Attention and a feed-forward network, each added back.
  ///
  /// The first version normalizes what goes into each, the second what comes out.
  struct Block: CompositeLayer {
    let attention: WindowAttention
    let dropProbability: Double

    var body: some Layer {
      Residual {
        branch(attention.named("attn"), LayerNorm(attention.features).named("norm1"))
      }
      Residual {
        branch(
          FeedForward(attention.features, hidden: 4 * attention.features).named("mlp"),
          LayerNorm(attention.features).named("norm2"))
      }
    }

    private func branch(_ function: any Layer, _ norm: any Layer) -> Sequential {
      let order = attention.isSecondVersion ? [function, norm] : [norm, function]
      return Sequential(order + [StochasticDepth(dropProbability).named("stochastic_depth")])
    }
  }

  /// Joins each 2 × 2 neighbours, and halves the four-fold features.
  struct PatchMerging: Layer {
    let features: Int
    let isSecondVersion: Bool

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let even = graph.pad(
        x, before: [0, 0, 0, 0], after: [0, x.size(1) % 2, x.size(2) % 2, 0])
      let corners = [(0, 0), (1, 0), (0, 1), (1, 1)].map { row, column in
        let rows = graph.narrow(even, axis: 1, from: row, to: even.size(1), step: 2)
        return graph.narrow(rows, axis: 2, from: column, to: even.size(2), step: 2)
      }
      let joined = graph.concatenate(corners, axis: 3)
      let reduction = Linear(4 * features, 2 * features, bias: false).named("reduction")
      if isSecondVersion {
        return LayerNorm(2 * features).named("norm")(reduction(joined, in: &graph), in: &graph)
      }
      return reduction(LayerNorm(4 * features).named("norm")(joined, in: &graph), in: &graph)
    }
  }

  struct Configuration: Sendable {
    /// The features of the first stage; each later stage doubles them.
    let features: Int
    let depths: [Int]
    let heads: [Int]
    let window: Int

    /// The chance to drop the last block; it grows from nothing at the first.
    let dropProbability: Double
    var isV2 = false
  }
}

extension Architecture {
  static let swinTransformers = [
    swin("t", "tiny", features: 96, depth: 6, heads: 3, drop: 0.2),
    swin("s", "small", features: 96, depth: 18, heads: 3, drop: 0.3),
    swin("b", "base", features: 128, depth: 18, heads: 4, drop: 0.5),
    swinV2("t", "tiny", features: 96, depth: 6, heads: 3, drop: 0.2),
    swinV2("s", "small", features: 96, depth: 18, heads: 3, drop: 0.3),
    swinV2("b", "base", features: 128, depth: 18, heads: 4, drop: 0.5),
  ]

  private static func swin(
    _ suffix: String, _ size: String, features: Int, depth: Int, heads: Int, drop: Double
  ) -> Architecture {
    Architecture(
      "swin_\(suffix)", "Swin \(size)", family: "Swin Transformer",
      paper: Paper(
        title: "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows",
        authors: "Liu et al.", year: 2021, url: "https://arxiv.org/abs/2103.14030"),
      input: .image(224),
      SwinTransformer(
        configuration: .init(
          features: features, depths: [2, 2, depth, 2], heads: (0..<4).map { heads << $0 },
          window: 7, dropProbability: drop))
    ).constructed(.swin)
  }

  private static func swinV2(
    _ suffix: String, _ size: String, features: Int, depth: Int, heads: Int, drop: Double
  ) -> Architecture {
    Architecture(
      "swin_v2_\(suffix)", "Swin v2 \(size)", family: "Swin Transformer",
      paper: Paper(
        title: "Swin Transformer V2: Scaling Up Capacity and Resolution",
        authors: "Liu et al.", year: 2021, url: "https://arxiv.org/abs/2111.09883"),
      input: .image(256),
      SwinTransformer(
        configuration: .init(
          features: features, depths: [2, 2, depth, 2], heads: (0..<4).map { heads << $0 },
          window: 8, dropProbability: drop, isV2: true))
    ).constructed(.swin)
  }
}
