// "Segment Anything", Kirillov et al., 2023. <https://arxiv.org/abs/2304.02643>

import ModelGraph

/// SAM's encoder of images: attention within windows, in some layers among all patches.
struct SAMVision: Layer {
  var sizes: VisionSizes
  var outputs: Int
  var qkvBias: Bool
  var hasPlaces: Bool
  var hasRelativePlaces: Bool
  var window: Int
  var globalLayers: Set<Int>

  /// The features of each place in the image, `[batch, outputs, rows, columns]`.
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    sizes.images.check(x, in: &graph)
    let (features, grid) = (sizes.features, sizes.images.grid)
    let patches = Conv2d(
      sizes.images.channels, features, kernel: sizes.images.patch, stride: sizes.images.patch
    ).named("patch_embed.projection")(x, in: &graph)
    var map = graph.permute(patches, [0, 2, 3, 1])
    if hasPlaces {
      map = graph.add(
        map, graph.parameter("pos_embed", [1, grid.height, grid.width, features]))
    }
    for index in 0..<sizes.depth {
      let (input, isGlobal) = (map, globalLayers.contains(index))
      map = graph.scoped("layers.\(index)") { block(input, isGlobal, in: &$0) }
    }
    let last = map
    return graph.scoped("neck") { neck(last, in: &$0) }
  }

  private func block(
    _ x: Variable, _ isGlobal: Bool, in graph: inout GraphBuilder
  ) -> Variable {
    let normalized = sizes.norm.named("layer_norm1")(x, in: &graph)
    let attended = graph.scoped("attn") { graph in
      isGlobal || window == 0
        ? attendEverywhere(normalized, in: &graph) : attendInWindows(normalized, in: &graph)
    }
    let sum = graph.add(x, attended)
    let network = PlainFeedForward(
      features: sizes.features, inner: sizes.inner, activation: sizes.activation, up: "lin1",
      down: "lin2")
    let fed = network.named("mlp")(
      sizes.norm.named("layer_norm2")(sum, in: &graph), in: &graph)
    return graph.add(sum, fed)
  }

  private func attendEverywhere(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let rows = graph.view(x, [x.size(0), x.size(1) * x.size(2), sizes.features])
    let mixed = attend(rows, Extent(x.size(1), x.size(2)), in: &graph)
    return graph.view(mixed, x.shape)
  }

  private func attendInWindows(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let grid = Grid(x, window: window, isShifted: false)
    let windows = grid.partition(x, in: &graph)
    return grid.reassemble(
      attend(windows, Extent(window), in: &graph), like: x, in: &graph)
  }

  private func attend(
    _ x: Variable, _ grid: Extent, in graph: inout GraphBuilder
  ) -> Variable {
    let (features, heads) = (sizes.features, sizes.heads)
    let (tokens, width) = (x.size(1), features / heads)
    let all = Linear(features, 3 * features, bias: qkvBias).named("qkv")(x, in: &graph)
    let split = graph.reorder(
      graph.view(all, [x.size(0), tokens, 3, heads, width]), [2, 0, 3, 1, 4])
    let parts = (0..<3).map { graph.select(split, axis: 0, index: $0) }
    let bias = hasRelativePlaces ? places(parts[0], grid, width, in: &graph) : nil
    let mixed = graph.attention(parts, mask: bias, dropout: 0, isCausal: false)
    let joined = graph.view(graph.transpose(mixed, 1, 2), [x.size(0), tokens, features])
    return Linear(features, features).named("proj")(joined, in: &graph)
  }

  /// What rows and columns add to the scores, from products of queries with learned vectors.
  private func places(
    _ query: Variable, _ grid: Extent, _ width: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let rows = graph.parameter("rel_pos_h", [2 * grid.height - 1, width])
    let columns = graph.parameter("rel_pos_w", [2 * grid.width - 1, width])
    let tokens = query.size(2)
    return graph.opaque(
      "BiasOfRowsAndColumns", [query, rows, columns],
      gives: [
        TensorType(query.type.dataType, [query.size(0), sizes.heads, tokens, tokens])
      ])[0]
  }

  private func neck(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let map = graph.permute(x, [0, 3, 1, 2])
    return Sequential {
      Conv2d(sizes.features, outputs, kernel: 1, bias: false).named("conv1")
      LayerNorm2d(outputs).named("layer_norm1")
      Conv2d(outputs, outputs, kernel: 3, padding: 1, bias: false).named("conv2")
      LayerNorm2d(outputs).named("layer_norm2")
    }(map, in: &graph)
  }
}

extension SAMVision {
  init(_ c: Configuration) throws(ConfigurationError) {
    sizes = try VisionSizes(c, .init(image: 1024, epsilon: 1e-6))
    let scaled = try c.scaled(sizes.features, by: "mlp_ratio", default: 4)
    sizes.inner = try c.size("mlp_dim", default: scaled)
    outputs = try c.size("output_channels", default: 256)
    qkvBias = try c.flag("qkv_bias", default: true)
    hasPlaces = try c.flag("use_abs_pos", default: true)
    hasRelativePlaces = try c.flag("use_rel_pos", default: true)
    window = try c.count("window_size", default: 14)
    globalLayers = Set(try c.sizes("global_attn_indexes") ?? [2, 5, 8, 11])
  }

  /// The encoder alone.
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let vision = try SAMVision(c)
    let name = try c.className(default: "SamVisionModel")
    try c.requireClass(name, endingIn: ["VisionModel"])
    return Blueprint(
      network: vision.named("vision_encoder"), input: vision.sizes.images.input)
  }
}
