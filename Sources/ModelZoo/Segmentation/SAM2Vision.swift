// "SAM 2: Segment Anything in Images and Videos", Ravi et al., 2024. <https://arxiv.org/abs/2408.00714>

import ModelGraph

/// Hiera's maps of ever fewer places, brought to as many features each and added from coarse to fine.
struct SAM2Vision: FeaturePyramid {
  var trunk: Hiera

  /// The features of each stage, from the last to the first.
  var stageWidths: [Int]
  var features: Int
  var kernel: Int
  var stride: Int
  var padding: Int

  /// The stages to which coarser ones are added.
  var topDown: Set<Int>

  /// How many maps are given, from the finest.
  var levels: Int

  var widths: [Int] { Array(repeating: features, count: min(levels, stageWidths.count)) }

  func maps(of x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    let stages = graph.scoped("backbone") { trunk.maps(of: x, in: &$0) }
    let last = stageWidths.count - 1
    var maps: [Variable] = []
    for index in (0...last).reversed() {
      let lateral = Conv2d(
        stageWidths[last - index], features, kernel: Extent(kernel), stride: Extent(stride),
        padding: Extent(padding)
      ).named("neck.convs.\(last - index)")(
        graph.permute(stages[index], [0, 3, 1, 2]), in: &graph)
      guard let coarser = maps.first, topDown.contains(index) else {
        maps.insert(lateral, at: 0)
        continue
      }
      let enlarged = graph.enlarged(coarser, to: Extent(lateral.size(2), lateral.size(3)))
      maps.insert(graph.add(lateral, enlarged), at: 0)
    }
    return Array(maps.prefix(levels))
  }
}

extension SAM2Vision {
  init(_ c: Configuration) throws(ConfigurationError) {
    trunk = try Hiera(try c.part("backbone_config"))
    stageWidths =
      try c.sizes("backbone_channel_list", in: 1...Configuration.maximumSize) ?? [
        768, 384, 192, 96,
      ]
    features = try c.size("fpn_hidden_size", default: 256)
    kernel = try c.size("fpn_kernel_size", default: 1, in: 1...1024)
    stride = try c.size("fpn_stride", default: 1, in: 1...1024)
    padding = try c.size("fpn_padding", default: 0, in: 0...1024)
    topDown = Set(try c.sizes("fpn_top_down_levels") ?? [2, 3])
    levels = try c.size("num_feature_levels", default: 3, in: 1...16)
    guard stageWidths == trunk.stages.map(\.features).reversed() else {
      throw .contradiction(
        "\(c.path)backbone_channel_list is \(stageWidths), but the stages have "
          + "\(trunk.stages.map(\.features)) features")
    }
  }

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let vision = try SAM2Vision(c)
    return Blueprint(network: vision, input: vision.trunk.input)
  }
}
