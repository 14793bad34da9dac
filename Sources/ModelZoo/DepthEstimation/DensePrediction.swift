// "Vision Transformers for Dense Prediction", Ranftl, Bochkovskiy and Koltun, 2021.
// <https://arxiv.org/abs/2103.13413>

import ModelGraph

/// Maps of several sizes made of a transformer's tokens, and fused from the smallest to the largest.
struct DensePrediction: Sendable {
  /// The features of the tokens that are read.
  var features: Int

  /// The features of each map, and how many times as large as the grid of patches it is.
  var stages: [Stage]

  /// The features of the fused map.
  var fused: Int
  var hasFusionBias = true
  var hasBatchNorm = false

  /// Whether the token before the patches is mapped together with each of them.
  var readsFirstToken = false
  var activation = "gelu"

  struct Stage: Hashable, Sendable {
    var features: Int
    var factor: Double
  }

  /// The fused map of the tokens of several layers, each with one token before the patches.
  func callAsFunction(
    _ states: [Variable], grid: Extent, in graph: inout GraphBuilder
  ) -> Variable {
    let maps = graph.scoped("neck.reassemble_stage") { reassemble(states, grid, in: &$0) }
    let fitted = zip(maps, stages.indices).map { map, index in
      Conv2d(stages[index].features, fused, kernel: 3, padding: 1, bias: false)
        .named("neck.convs.\(index)")(map, in: &graph)
    }
    return graph.scoped("neck.fusion_stage") { fuse(fitted, in: &$0) }
  }

  private func reassemble(
    _ states: [Variable], _ grid: Extent, in graph: inout GraphBuilder
  ) -> [Variable] {
    zip(states, stages.indices).map { state, index in
      let stage = stages[index]
      let patches = graph.narrow(state, axis: 1, from: 1, to: state.size(1))
      let read =
        readsFirstToken ? withFirst(patches, of: state, index, in: &graph) : patches
      return graph.scoped("layers.\(index)") { graph in
        let map = Conv2d(features, stage.features, kernel: 1).named("projection")(
          graph.map(of: read, grid), in: &graph)
        return resized(map, stage, in: &graph)
      }
    }
  }

  private func withFirst(
    _ patches: Variable, of state: Variable, _ index: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let first = graph.narrow(state, axis: 1, from: 0, to: 1)
    let both = graph.concatenate([patches, graph.expand(first, to: patches.shape)], axis: 2)
    return Sequential {
      Linear(2 * features, features).named("readout_projects.\(index).0")
      NamedActivation(name: activation)
    }(both, in: &graph)
  }

  private func resized(
    _ map: Variable, _ stage: Stage, in graph: inout GraphBuilder
  ) -> Variable {
    if stage.factor > 1 {
      let factor = Extent(Int(stage.factor))
      return ConvTranspose2d(
        inputChannels: stage.features, outputChannels: stage.features, kernel: factor,
        stride: factor
      ).named("resize")(map, in: &graph)
    }
    guard stage.factor < 1 else { return map }
    return Conv2d(
      stage.features, stage.features, kernel: 3, stride: Extent(Int(1 / stage.factor)),
      padding: 1
    ).named("resize")(map, in: &graph)
  }

  private func fuse(_ maps: [Variable], in graph: inout GraphBuilder) -> Variable {
    var result: Variable?
    for (index, map) in maps.reversed().enumerated() {
      result = graph.scoped("layers.\(index)") { fuse(result, map, in: &$0) }
    }
    return result ?? maps[0]
  }

  private func fuse(
    _ former: Variable?, _ map: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let first = residual.named("residual_layer1")
    var sum = map
    if let former {
      let size = Extent(former.size(2), former.size(3))
      let fitted =
        map.size(2) == size.height && map.size(3) == size.width
        ? map : graph.enlarged(map, to: size)
      sum = graph.add(former, first(fitted, in: &graph))
    } else {
      graph.parametersOnly { first(map, in: &$0) }
    }
    let refined = residual.named("residual_layer2")(sum, in: &graph)
    let grown = graph.enlarged(refined, to: Extent(2 * map.size(2), 2 * map.size(3)))
    return Conv2d(fused, fused, kernel: 1).named("projection")(grown, in: &graph)
  }

  private var residual: Residual {
    Residual {
      for index in 1...2 {
        Activation.relu()
        Conv2d(fused, fused, kernel: 3, padding: 1, bias: hasFusionBias)
          .named("convolution\(index)")
        if hasBatchNorm { BatchNorm2d(fused).named("batch_norm\(index)") }
      }
    }
  }
}

extension DensePrediction {
  /// Reads the stages; each is a whole number of times as large as the grid, or as small.
  static func stages(
    _ c: Configuration, features standard: [Int]
  ) throws(ConfigurationError) -> [Stage] {
    let features = try c.sizes("neck_hidden_sizes", in: 1...Configuration.maximumSize) ?? standard
    let factors = try c.numbers("reassemble_factors") ?? [4, 2, 1, 0.5]
    guard !features.isEmpty, features.count == factors.count, features.count <= 64 else {
      throw .contradiction(
        "\(c.path)neck_hidden_sizes has \(features.count) entries, reassemble_factors has "
          + "\(factors.count)")
    }
    for factor in factors where !(1.0 / 64...64 ~= factor) {
      throw .contradiction("\(c.path)reassemble_factors must be from 1/64 to 64, found \(factor)")
    }
    return zip(features, factors).map(Stage.init)
  }
}

/// A map that is twice as large.
struct Doubled: Layer {
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.enlarged(x, to: Extent(2 * x.size(2), 2 * x.size(3)))
  }
}
