// "Unified Perceptual Parsing for Scene Understanding", Xiao et al., 2018.
// <https://arxiv.org/abs/1807.10221>

import ModelGraph

/// BEiT whose states of four depths become maps of four sizes, from which a class is told for each place.
struct BEiTSegmentation: Layer {
  var encoder: BEiT
  var name: String

  /// The numbers of the states that are taken, the embeddings being the first.
  var taps: [Int]

  /// The sides of the grids into which the last map is averaged.
  var scales: [Int]
  var labels: Int

  /// The head that helps in training; `nil` if there is none.
  var helper: Helper?

  /// Convolutions over the third map.
  struct Helper: Hashable, Sendable {
    var channels: Int
    var depth: Int
    var joinsInput: Bool
  }

  private var features: Int { encoder.sizes.features }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let maps = pyramid(graph.scoped(name) { read(x, in: &$0) }, in: &graph)
    if let helper {
      graph.parametersOnly { help(maps[2], helper, in: &$0) }
    }
    return graph.scoped("decode_head") { decode(maps, in: &$0) }
  }

  private func read(_ x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    let states = encoder.states(of: x, in: &graph)
    if !encoder.poolsMean, let last = states.last {
      graph.parametersOnly { encoder.sizes.norm.named("layernorm")(last, in: &$0) }
    }
    return taps.map { tap in
      let tokens = states[min(tap, states.count - 1)]
      let patches = graph.narrow(tokens, axis: 1, from: 1, to: tokens.size(1))
      return graph.contiguous(graph.map(of: patches, encoder.sizes.images.grid))
    }
  }

  /// Four times as large, twice, as it is, and half.
  private func pyramid(_ maps: [Variable], in graph: inout GraphBuilder) -> [Variable] {
    let half = MaxPool2d(kernel: 2, stride: 2)
    return [
      graph.scoped(encoder.namesLikeBERT ? "fpn1" : "fpn.fpn1") { enlarge(maps[0], in: &$0) },
      doubled.named(encoder.namesLikeBERT ? "fpn2.0" : "fpn.fpn2")(maps[1], in: &graph),
      maps[2], half(maps[3], in: &graph),
    ]
  }

  private var doubled: ConvTranspose2d {
    ConvTranspose2d(inputChannels: features, outputChannels: features, kernel: 2, stride: 2)
  }

  private func enlarge(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let isNumbered = encoder.namesLikeBERT
    return Sequential {
      doubled.named(isNumbered ? "0" : "conv_transpose1")
      BatchNorm2d(features).named(isNumbered ? "1" : "normalization")
      Activation.gelu
      doubled.named(isNumbered ? "3" : "conv_transpose2")
    }(x, in: &graph)
  }

  private func help(
    _ x: Variable, _ helper: Helper, in graph: inout GraphBuilder
  ) -> Variable {
    graph.scoped("auxiliary_head") { graph in
      var y = x
      for index in 0..<helper.depth {
        let inputs = index == 0 ? features : helper.channels
        y = PlacewiseConvolution(inputs: inputs, outputs: helper.channels, kernel: 3)
          .named("convs.\(index)")(y, in: &graph)
      }
      if helper.joinsInput {
        y = PlacewiseConvolution(
          inputs: features + helper.channels, outputs: helper.channels, kernel: 3
        ).named("conv_cat")(graph.concatenate([x, y], axis: 1), in: &graph)
      }
      return Conv2d(helper.channels, labels, kernel: 1).named("classifier")(y, in: &graph)
    }
  }
}

// MARK: - The head

extension BEiTSegmentation {
  private func decode(_ maps: [Variable], in graph: inout GraphBuilder) -> Variable {
    var sides = maps.dropLast().enumerated().map { index, map in
      convolution(features, kernel: 1).named("lateral_convs.\(index)")(map, in: &graph)
    }
    sides.append(averaged(maps[3], in: &graph))
    for index in stride(from: sides.count - 1, to: 0, by: -1) {
      let below = sides[index - 1]
      let grown = graph.enlarged(sides[index], to: Extent(below.size(2), below.size(3)))
      sides[index - 1] = graph.add(below, grown)
    }
    let first = Extent(sides[0].size(2), sides[0].size(3))
    for index in 0..<(sides.count - 1) {
      sides[index] = convolution(features, kernel: 3).named("fpn_convs.\(index)")(
        sides[index], in: &graph)
    }
    let grown = sides.map { graph.enlarged($0, to: first) }
    let joined = graph.concatenate(grown, axis: 1)
    let mixed = convolution(features * sides.count, kernel: 3).named("fpn_bottleneck")(
      joined, in: &graph)
    return Conv2d(features, labels, kernel: 1).named("classifier")(mixed, in: &graph)
  }

  /// The last map beside its averages over grids of several sizes.
  private func averaged(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let size = Extent(x.size(2), x.size(3))
    let parts = scales.enumerated().map { index, scale in
      let means = graph.opaque(
        "MeansOfGrid", [x],
        gives: [TensorType(x.type.dataType, [x.size(0), features, scale, scale])])[0]
      let mapped = convolution(features, kernel: 1).named("psp_modules.blocks.\(index).conv")(
        means, in: &graph)
      return graph.enlarged(mapped, to: size)
    }
    return convolution(features * (scales.count + 1), kernel: 3).named("psp_bottleneck")(
      graph.concatenate([x] + parts, axis: 1), in: &graph)
  }

  private func convolution(_ inputs: Int, kernel: Int) -> PlacewiseConvolution {
    PlacewiseConvolution(inputs: inputs, outputs: features, kernel: kernel)
  }
}

/// A convolution that keeps the size of its map, normalized and rectified.
struct PlacewiseConvolution: Layer {
  var inputs: Int
  var outputs: Int
  var kernel: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    Sequential {
      Conv2d(
        inputs, outputs, kernel: Extent(kernel), padding: Extent(kernel / 2), bias: false
      ).named("convolution")
      BatchNorm2d(outputs).named("normalization")
      Activation.relu()
    }(x, in: &graph)
  }
}

// MARK: - Configurations

extension BEiTSegmentation {
  init(_ c: Configuration, _ encoder: BEiT, name: String) throws(ConfigurationError) {
    self.encoder = encoder
    self.name = name
    taps = try c.sizes("out_indices") ?? [3, 5, 7, 11]
    scales = try c.sizes("pool_scales", in: 1...1024) ?? [1, 2, 3, 6]
    labels = try c.labelCount
    guard taps.count == 4 else {
      throw .contradiction("\(c.path)out_indices must name four layers, found \(taps.count)")
    }
    guard scales.count <= 64 else {
      throw .contradiction("\(c.path)pool_scales names \(scales.count) grids, at most 64 are taken")
    }
    guard try c.flag("use_auxiliary_head", default: true) else { return }
    helper = Helper(
      channels: try c.size("auxiliary_channels", default: 256),
      depth: try c.depth("auxiliary_num_convs", default: 1),
      joinsInput: try c.flag("auxiliary_concat_input", default: false))
    if let helper, helper.depth == 0 { self.helper?.channels = encoder.sizes.features }
  }
}
