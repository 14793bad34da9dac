// "Hiera: A Hierarchical Vision Transformer without the Bells-and-Whistles", Ryali et al., 2023.
// <https://arxiv.org/abs/2306.00989>, as "SAM 2" has it. <https://arxiv.org/abs/2408.00714>

import ModelGraph

/// Stages of attention within windows, between which queries are pooled.
struct Hiera: FeaturePyramid {
  var image: Extent
  var channels: Int
  var features: Int
  var patch: Patch
  var background: Extent
  var stages: [Stage]

  /// By how much a side shrinks where queries are pooled.
  var pool: Int

  /// How many stages behind the first begin with pooling.
  var pools: Int
  var globalBlocks: Set<Int>
  var ratio: Double
  var activation: String
  var epsilon: Double

  var widths: [Int] { stages.map(\.features) }

  struct Patch: Hashable, Sendable {
    var kernel: Extent
    var stride: Extent
    var padding: Extent
  }

  struct Stage: Hashable, Sendable {
    var depth: Int
    var features: Int
    var heads: Int
    var window: Int
  }

  var input: Architecture.Input {
    ImageSizes(image: image, patch: 1, channels: channels).input
  }

  /// The map `[batch, rows, columns, features]` behind each stage.
  func maps(of x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    let patches = Conv2d(
      channels, features, kernel: patch.kernel, stride: patch.stride, padding: patch.padding
    ).named("patch_embed.projection")(x, in: &graph)
    var map = graph.permute(patches, [0, 2, 3, 1])
    map = graph.add(map, places(of: map, in: &graph))
    var maps: [Variable] = []
    var index = 0
    for stage in stages.indices {
      for place in 0..<stages[stage].depth {
        let block = Block(hiera: self, stage: stage, isFirst: place == 0, index: index)
        map = block.named("blocks.\(index)")(map, in: &graph)
        index += 1
      }
      maps.append(map)
    }
    return maps
  }

  /// What tells places apart: one vector for each in a window, and a coarse grid made finer.
  private func places(of map: Variable, in graph: inout GraphBuilder) -> Variable {
    let side = stages[0].window
    let coarse = graph.parameter("pos_embed", [1, features, background.height, background.width])
    let window = graph.parameter("pos_embed_window", [1, features, side, side])
    return graph.opaque(
      "PlacesOfWindows", [coarse, window],
      gives: [TensorType(graph.floatingType, [1, map.size(1), map.size(2), features])])[0]
  }
}

extension Hiera {
  struct Block: Layer {
    var hiera: Hiera
    var stage: Int
    var isFirst: Bool
    var index: Int

    private var outputs: Int { hiera.stages[stage].features }
    private var entersStage: Bool { isFirst && stage > 0 }
    private var inputs: Int { entersStage ? hiera.stages[stage - 1].features : outputs }
    private var pools: Bool { entersStage && stage <= hiera.pools }

    /// The side of a window; that of the stage before where queries are pooled.
    private var window: Int {
      if hiera.globalBlocks.contains(index) { return 0 }
      return hiera.stages[entersStage ? stage - 1 : stage].window
    }

    private func norm(_ index: Int, _ features: Int) -> some Layer {
      LayerNorm(features, epsilon: hiera.epsilon).named("layer_norm\(index)")
    }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let normalized = norm(1, inputs)(x, in: &graph)
      var rest = x
      if inputs != outputs {
        rest = Linear(inputs, outputs).named("proj")(normalized, in: &graph)
        if pools { rest = pooled(rest, in: &graph) }
      }
      let sum = graph.add(rest, attend(normalized, like: rest, in: &graph))
      let network = PlainFeedForward(
        features: outputs, inner: max(1, Int(Double(outputs) * hiera.ratio)),
        activation: hiera.activation, up: "proj_in", down: "proj_out")
      return graph.add(
        sum, network.named("mlp")(norm(2, outputs)(sum, in: &graph), in: &graph))
    }

    private func attend(
      _ x: Variable, like rest: Variable, in graph: inout GraphBuilder
    ) -> Variable {
      guard window > 0 else {
        let rows = graph.view(x, [x.size(0), x.size(1) * x.size(2), inputs])
        let mixed = graph.scoped("attn") { mix(rows, Extent(x.size(1), x.size(2)), in: &$0) }
        return graph.view(mixed, [x.size(0), rest.size(1), rest.size(2), outputs])
      }
      let windows = Grid(x, window: window, isShifted: false).partition(x, in: &graph)
      let mixed = graph.scoped("attn") { mix(windows, Extent(window), in: &$0) }
      let side = pools ? max(1, window / hiera.pool) : window
      return Grid(rest, window: side, isShifted: false).reassemble(mixed, like: rest, in: &graph)
    }

    private func pooled(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let map = graph.permute(x, [0, 3, 1, 2])
      let small = MaxPool2d(kernel: hiera.pool, stride: hiera.pool)(map, in: &graph)
      return graph.permute(small, [0, 2, 3, 1])
    }

    /// Attention among the cells of each map, whose queries may be pooled.
    private func mix(
      _ x: Variable, _ grid: Extent, in graph: inout GraphBuilder
    ) -> Variable {
      let heads = hiera.stages[stage].heads
      let (batch, tokens, width) = (x.size(0), x.size(1), outputs / heads)
      let all = graph.view(
        Linear(inputs, 3 * outputs).named("qkv")(x, in: &graph), [batch, tokens, 3, heads, width])
      let parts = (0..<3).map { graph.select(all, axis: 2, index: $0) }
      // The library also scores heads against each other, and reads it nowhere.
      _ = graph.softmax(graph.matrixProduct(parts[0], graph.transpose(parts[1], -2, -1)))
      var query = parts[0]
      if pools {
        let map = graph.view(query, [batch, grid.height, grid.width, outputs])
        let small = pooled(map, in: &graph)
        query = graph.view(small, [batch, small.size(1) * small.size(2), heads, width])
      }
      let headed = [query, parts[1], parts[2]].map { graph.transpose($0, 1, 2) }
      let mixed = graph.attention(headed, dropout: 0, isCausal: false)
      let joined = graph.view(graph.transpose(mixed, 1, 2), [batch, query.size(1), outputs])
      return Linear(outputs, outputs).named("proj")(joined, in: &graph)
    }
  }
}

// MARK: - Configurations

extension Hiera {
  init(_ c: Configuration) throws(ConfigurationError) {
    image = try c.extent("image_size", default: 1024)
    channels = try c.size("num_channels", default: 3, in: 1...1024)
    features = try c.size("hidden_size", default: 96)
    patch = Patch(
      kernel: try c.extent("patch_kernel_size", default: 7),
      stride: try c.extent("patch_stride", default: 4),
      padding: try c.extent("patch_padding", default: 3, in: 0...Configuration.maximumSide))
    background = try c.extent("window_positional_embedding_background_size", default: 7)
    let pool = try c.extent("query_stride", default: 2)
    guard pool.height == pool.width else {
      throw .contradiction("\(c.path)query_stride must be the same along both axes")
    }
    self.pool = pool.height
    pools = try c.count("num_query_pool_stages", default: 3)
    stages = try Self.stages(c)
    globalBlocks = Set(try c.sizes("global_attention_blocks") ?? [5, 7, 9])
    ratio = try c.number("mlp_ratio", default: 4)
    activation = try c.text("hidden_act", default: "gelu")
    epsilon = try c.number("layer_norm_eps", default: 1e-6)
    guard ratio > 0, ratio <= 1024 else {
      throw .contradiction("\(c.path)mlp_ratio must be above 0 and at most 1024, found \(ratio)")
    }
    guard stages[0].features == features else {
      throw .contradiction(
        "\(c.path)hidden_size is \(features), but the first stage has \(stages[0].features)")
    }
  }

  private static func stages(_ c: Configuration) throws(ConfigurationError) -> [Stage] {
    let depths =
      try c.sizes("blocks_per_stage", in: 1...Configuration.maximumDepth) ?? [1, 2, 7, 2]
    func list(_ key: String, _ standard: [Int]) throws(ConfigurationError) -> [Int] {
      let values = try c.sizes(key, in: 1...(1 << 16)) ?? standard
      guard values.count >= depths.count else {
        throw .contradiction("\(c.path)\(key) must have \(depths.count) numbers")
      }
      return values
    }
    try c.requireDepth(depths)
    let widths = try list("embed_dim_per_stage", [96, 192, 384, 768])
    let heads = try list("num_attention_heads_per_stage", [1, 2, 4, 8])
    let windows = try list("window_size_per_stage", [8, 4, 14, 7])
    guard !depths.isEmpty, depths.count <= 16, zip(widths, heads).allSatisfy({ $0 % $1 == 0 })
    else {
      throw .contradiction("\(c.path)stages need from 1 to 16 depths and features for every head")
    }
    return depths.indices.map {
      Stage(depth: depths[$0], features: widths[$0], heads: heads[$0], window: windows[$0])
    }
  }

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let hiera = try Hiera(c)
    return Blueprint(network: hiera, input: hiera.input)
  }
}
