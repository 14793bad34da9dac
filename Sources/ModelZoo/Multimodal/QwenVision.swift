// "Qwen2-VL", Wang et al., 2024. <https://arxiv.org/abs/2409.12191>
// "Qwen2.5-VL Technical Report", Bai et al., 2025. <https://arxiv.org/abs/2502.13923>

import ModelGraph

/// Qwen's encoder of images and films of any form, which come cut into patches.
struct QwenVision: Layer {
  var features: Int
  var depth: Int
  var heads: Int
  var channels = 3
  var patch: Extent
  var frames: Int
  var patchBias = false
  var norm: FeatureNormalization
  var feedForward: any Layer
  var attentionBias = true
  var outputBias = true

  /// The rows of a table of places, which is read between its rows; none if `nil`.
  var places: Int?
  var placesName = "pos_embed"

  /// The normalization of the patches before the first block; none if `nil`.
  var openingNorm: String?

  /// The maps from the patches of a square to one token.
  var merger: any Layer
  var mergerName = "merger"

  /// The patches along a side of that square.
  var square = 2

  /// The layers whose outputs reach the language model too, and the maps on the way.
  var taps: [Int] = []
  var tapMerger: (any Layer)?

  /// The numbers of one patch, of all colours and frames.
  var area: Int { channels * frames * patch.height * patch.width }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var tokens = graph.scoped("patch_embed") { embed(x, in: &$0) }
    if let openingNorm { tokens = norm.named(openingNorm)(tokens, in: &graph) }
    if let places {
      let table = graph.parameter("\(placesName).weight", [places, features])
      // Places between those of the table are made of four of its rows.
      let rows = graph.opaque(
        "PlacesByInterpolation", [table], gives: [tokens.type], layer: .embedding)[0]
      tokens = graph.add(tokens, rows)
    }
    let tables = graph.scoped("rotary_pos_emb") { rotary(length: tokens.size(1), in: &$0) }
    for index in 0..<depth {
      let (input, block) = (tokens, block(tables))
      tokens = graph.scoped("blocks.\(index)") { block(input, in: &$0) }
      if let tap = taps.firstIndex(of: index), let tapMerger {
        let tapped = tokens
        _ = graph.scoped("deepstack_merger_list.\(tap)") { tapMerger(tapped, in: &$0) }
      }
    }
    for tap in taps.indices where taps[tap] >= depth {
      guard let tapMerger else { continue }
      let unreached = tokens
      graph.scoped("deepstack_merger_list.\(tap)") { graph in
        graph.parametersOnly { tapMerger(unreached, in: &$0) }
      }
    }
    let last = tokens
    return graph.scoped(mergerName) { merger(last, in: &$0) }
  }

  private func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let shape = [frames, patch.height, patch.width]
    let weight = graph.parameter("proj.weight", [features, channels] + shape)
    let bias = patchBias ? graph.parameter("proj.bias", [features]) : nil
    let cubes = graph.view(x, [x.size(0) * x.size(1), channels] + shape)
    let cells = graph.apply(
      "Conv", cubes, weight, bias,
      attributes: [
        "kernel_shape": .integers(shape), "strides": .integers(shape),
        "pads": .integers([0, 0, 0, 0, 0, 0]), "dilations": .integers([1, 1, 1]),
        "group": .integer(1),
      ])
    return graph.view(cells, [x.size(0), x.size(1), features])
  }

  /// Half of a head is turned by the row, half by the column.
  private func rotary(length: Int, in graph: inout GraphBuilder) -> RotaryTables {
    let width = features / heads
    let count = (width / 2).dividedRoundingUp(by: 2)
    let frequencies = graph.state("inv_freq", .float32, [count])
    _ = graph.state("original_inv_freq", .float32, [count])
    let angles = graph.opaque(
      "AnglesByRowAndColumn", [frequencies],
      gives: [TensorType(.float32, [1, length, 2 * count])])[0]
    let both = graph.concatenate([angles, angles], axis: 2)
    let tables = ["Cos", "Sin"].map { graph.apply(OperatorName($0), both) }
    let cast = tables.map { graph.cast($0, to: graph.floatingType) }
    return RotaryTables(cosine: cast[0], sine: cast[1], width: width)
  }

  private func block(_ tables: RotaryTables) -> TokenBlock {
    var attention = TokenAttention(features: features, heads: heads)
    attention.names.output = "proj"
    attention.packed = "qkv"
    attention.biases.query = attentionBias
    attention.biases.output = outputBias
    attention.rotary = tables
    return TokenBlock(
      attention: attention, feedForward: feedForward, norm: norm,
      names: .init(attention: "attn", firstNorm: "norm1", secondNorm: "norm2"))
  }
}

/// The patches of a square as one token, through a normalization and two maps.
struct QwenMerger: Layer {
  var features: Int
  var side: Int
  var outputs: Int
  var norm: FeatureNormalization
  var normName = "ln_q"
  var first = "mlp.0"
  var second = "mlp.2"

  /// Whether the patches are joined before they are normalized.
  var joinsFirst = false

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let wide = features * side * side
    let rows = max(1, x.size(1) / (side * side))
    func joined(_ x: Variable, _ graph: inout GraphBuilder) -> Variable {
      graph.view(x, [x.size(0), rows, wide])
    }
    var norm = norm
    norm.features = joinsFirst ? wide : features
    let y =
      joinsFirst
      ? norm.named(normName)(joined(x, &graph), in: &graph)
      : joined(norm.named(normName)(x, in: &graph), &graph)
    return Sequential {
      Linear(wide, wide).named(first)
      Activation.gelu
      Linear(wide, outputs).named(second)
    }(y, in: &graph)
  }
}

// MARK: - Configurations

extension QwenVision {
  /// The sizes that all generations have.
  init(
    _ c: Configuration, features: Int, depth: Int, heads: Int = 16, patch: Int,
    norm: FeatureNormalization,
    feedForward: any Layer, merger: any Layer
  ) throws(ConfigurationError) {
    self.features = features
    self.depth = try c.depth("depth", default: depth)
    self.heads = try c.size("num_heads", default: heads)
    channels = try c.size("in_channels", "in_chans", default: 3, in: 1...1024)
    self.patch = try c.extent("patch_size", default: patch)
    frames = try c.size("temporal_patch_size", default: 2, in: 1...1024)
    self.norm = norm
    self.feedForward = feedForward
    self.merger = merger
    square = try c.size("spatial_merge_size", default: 2, in: 1...64)
    guard features % self.heads == 0 else {
      throw .contradiction("\(c.path)\(features) features cannot be split into \(self.heads) heads")
    }
  }

  static func first(_ c: Configuration) throws(ConfigurationError) -> QwenVision {
    let features = try c.size("embed_dim", default: 1280)
    let norm = FeatureNormalization(kind: .layer(bias: true), features: features)
    return try QwenVision(
      c, features: features, depth: 32, patch: 14, norm: norm,
      feedForward: PlainFeedForward(
        features: features, inner: try c.scaled(features, by: "mlp_ratio", default: 4),
        activation: try c.text("hidden_act", default: "quick_gelu")),
      merger: QwenMerger(
        features: features, side: try c.size("spatial_merge_size", default: 2, in: 1...64),
        outputs: try c.size("hidden_size", default: 3584), norm: norm))
  }

  static func second(_ c: Configuration) throws(ConfigurationError) -> QwenVision {
    let features = try c.size("hidden_size", default: 3584)
    let norm = FeatureNormalization(kind: .rootMeanSquare, features: features)
    return try QwenVision(
      c, features: features, depth: 32, patch: 14, norm: norm,
      feedForward: GatedFeedForward(
        features: features, inner: try c.size("intermediate_size", default: 3420),
        activation: try c.text("hidden_act", default: "silu"), bias: true),
      merger: QwenMerger(
        features: features, side: try c.size("spatial_merge_size", default: 2, in: 1...64),
        outputs: try c.size("out_hidden_size", default: 3584), norm: norm))
  }

  /// The third generation, some of whose layers reach the language model apart.
  static func third(_ c: Configuration) throws(ConfigurationError) -> QwenVision {
    let features = try c.size("hidden_size", default: 1152)
    let norm = FeatureNormalization(kind: .layer(bias: true), features: features)
    var merger = QwenMerger(
      features: features, side: try c.size("spatial_merge_size", default: 2, in: 1...64),
      outputs: try c.size("out_hidden_size", default: 3584), norm: norm, normName: "norm",
      first: "linear_fc1", second: "linear_fc2")
    var vision = try QwenVision(
      c, features: features, depth: 27, patch: 16, norm: norm,
      feedForward: PlainFeedForward(
        features: features, inner: try c.size("intermediate_size", default: 4304),
        activation: try c.text("hidden_act", default: "gelu_pytorch_tanh"), up: "linear_fc1",
        down: "linear_fc2"),
      merger: merger)
    vision.patchBias = true
    vision.places = try c.size("num_position_embeddings", default: 2304)
    merger.joinsFirst = true
    vision.tapMerger = merger
    vision.taps = try c.sizes("deepstack_visual_indexes") ?? [8, 16, 24]
    return vision
  }
}
