// "Swin Transformer", Liu et al., 2021. <https://arxiv.org/abs/2103.14030>
// "Swin Transformer V2", Liu et al., 2021. <https://arxiv.org/abs/2111.09883>

import ModelGraph

/// Swin transformers as transformers writes them, of either generation.
struct ConfiguredSwin: Layer {
  var images: ImageSizes
  var features: Int
  var depths: [Int]
  var heads: [Int]
  var window: Int
  var ratio: Double
  var qkvBias: Bool
  var activation: String
  var epsilon: Double
  var dropout: Double
  var attentionDropout: Double
  var dropPath: Double
  var hasPlaces: Bool
  var isSecond: Bool
  var hasMaskToken = false

  /// The features after the last stage.
  var outputs: Int { features << max(0, depths.count - 1) }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var map = graph.scoped("embeddings") { embed(x, in: &$0) }
    for stage in depths.indices {
      let input = map
      map = graph.scoped("encoder.layers.\(stage)") { self.stage(stage, input, in: &$0) }
    }
    let tokens = graph.view(map, [map.size(0), map.size(1) * map.size(2), outputs])
    return LayerNorm(outputs, epsilon: epsilon).named("layernorm")(tokens, in: &graph)
  }

  /// The map behind the last stage, each of which halves an image's patches.
  func lastGrid(of image: Variable) -> Extent {
    let merges = max(0, depths.count - 1)
    func side(_ pixels: Int, _ patch: Int) -> Int {
      (0..<merges).reduce((pixels + patch - 1) / patch) { side, _ in (side + 1) / 2 }
    }
    return Extent(
      side(image.size(2), images.patch.height), side(image.size(3), images.patch.width))
  }

  /// The patches as a map `[batch, height, width, features]`.
  func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    if hasMaskToken { _ = graph.parameter("mask_token", [1, 1, features]) }
    let (height, width) = (images.patch.height, images.patch.width)
    let padded = graph.padded(
      x, to: Extent(x.size(2).roundedUp(to: height), x.size(3).roundedUp(to: width)))
    let patches = images.patches(
      of: padded, features, bias: true, named: "patch_embeddings.projection", in: &graph)
    var tokens = LayerNorm(features).named("norm")(patches, in: &graph)
    if hasPlaces {
      let rows = images.patches + (isSecond ? 1 : 0)
      let places = graph.parameter("position_embeddings", [1, rows, features])
      tokens = graph.add(
        tokens, isSecond ? graph.narrow(places, axis: 1, from: 0, to: tokens.size(1)) : places)
    }
    tokens = Dropout(dropout)(tokens, in: &graph)
    return graph.view(
      tokens,
      [x.size(0), padded.size(2) / height, padded.size(3) / width, features])
  }

  private func stage(_ index: Int, _ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let map = blocks(of: index, x, in: &graph)
    guard index < depths.count - 1 else { return map }
    return graph.scoped("downsample") { merge(map, features << index, in: &$0) }
  }

  /// The map behind the blocks of a stage.
  func blocks(of index: Int, _ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let width = features << index
    let before = depths[..<index].reduce(0, +)
    let last = max(1, depths.reduce(0, +) - 1)
    var map = x
    for block in 0..<depths[index] {
      let layer = SwinBlock(
        swin: self, features: width, heads: heads[index], isShifted: block % 2 == 1,
        resolution: Extent(
          max(1, images.grid.height >> index), max(1, images.grid.width >> index)),
        chance: dropPath * Double(before + block) / Double(last))
      map = layer.named("blocks.\(block)")(map, in: &graph)
    }
    return map
  }

  /// Squares of four cells as one, with twice the features.
  func merge(
    _ x: Variable, _ width: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let even = graph.pad(
      x, before: [0, 0, 0, 0], after: [0, x.size(1) % 2, x.size(2) % 2, 0])
    let corners = [(0, 0), (1, 0), (0, 1), (1, 1)].map { row, column in
      graph.narrow(
        graph.narrow(even, axis: 1, from: row, to: even.size(1), step: 2), axis: 2, from: column,
        to: even.size(2), step: 2)
    }
    let joined = graph.concatenate(corners, axis: 3)
    let reduction = Linear(4 * width, 2 * width, bias: false).named("reduction")
    guard isSecond else {
      return reduction(LayerNorm(4 * width).named("norm")(joined, in: &graph), in: &graph)
    }
    return LayerNorm(2 * width).named("norm")(reduction(joined, in: &graph), in: &graph)
  }
}

/// Attention within windows and a network, normalized before (first generation) or after (second).
struct SwinBlock: Layer {
  var swin: ConfiguredSwin
  var features: Int
  var heads: Int
  var isShifted: Bool

  /// The map that the configuration expects here.
  var resolution: Extent
  var chance: Double

  private var norm: LayerNorm { LayerNorm(features, epsilon: swin.epsilon) }

  /// The side of a window, no larger than the map.
  private var window: Int {
    swin.isSecond ? min(swin.window, resolution.height, resolution.width) : swin.window
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let attended = branch(x, "layernorm_before", in: &graph) { attend($0, in: &$1) }
    return branch(attended, "layernorm_after", in: &graph) { feed($0, in: &$1) }
  }

  private func branch(
    _ x: Variable, _ name: String, in graph: inout GraphBuilder,
    _ body: (Variable, inout GraphBuilder) -> Variable
  ) -> Variable {
    var y = swin.isSecond ? x : norm.named(name)(x, in: &graph)
    y = body(y, &graph)
    if swin.isSecond { y = norm.named(name)(y, in: &graph) }
    return graph.add(x, StochasticDepth(chance)(y, in: &graph))
  }

  private func feed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let inner = max(1, Int(swin.ratio * Double(features)))
    let dropped = Dropout(swin.dropout)
    if swin.isSecond {
      let network = BERTFeedForward(
        features: features, inner: inner, activation: swin.activation)
      return dropped(network(x, in: &graph), in: &graph)
    }
    let network = PlainFeedForward(
      features: features, inner: inner, activation: swin.activation)
    return dropped(network.named("mlp")(x, in: &graph), in: &graph)
  }

  private func attend(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let smallest = min(x.size(1), x.size(2))
    let grid = Grid(x, window: window, isShifted: isShifted && smallest > window)
    let windows = grid.partition(x, in: &graph)
    let mixed = graph.scoped("attention") { graph in
      swin.isSecond
        ? SwinCosineAttention(block: self, window: window).attend(windows, grid, in: &graph)
        : attend(windows, grid, in: &graph)
    }
    return grid.reassemble(mixed, like: x, in: &graph)
  }

  private func attend(
    _ windows: Variable, _ grid: Grid, in graph: inout GraphBuilder
  ) -> Variable {
    let bias = graph.scoped("relative_position_bias") { positionBias(in: &$0) }
    let mask = grid.isShifted ? shifted(bias, grid, windows.size(0), in: &graph) : bias
    var attention = TokenAttention(
      features: features, heads: heads, names: .short, dropout: swin.attentionDropout)
    attention.biases = .init(query: swin.qkvBias, key: swin.qkvBias, value: swin.qkvBias)
    attention.scoreBias = { _ in mask }
    return attention(windows, in: &graph)
  }

  /// A learned number for each head and each offset between two tokens, `[1, heads, tokens, tokens]`.
  private func positionBias(in graph: inout GraphBuilder) -> Variable {
    let (side, tokens) = (2 * window - 1, window * window)
    let table = graph.parameter("relative_position_bias_table", [side * side, heads])
    let index = graph.state("relative_position_index", .int64, [tokens * tokens])
    let rows = graph.view(graph.rows(of: table, at: index), [tokens, tokens, heads])
    return graph.view(
      graph.reorder(rows, [2, 0, 1]), [1, heads, tokens, tokens])
  }

  /// The bias with large negative numbers where a window joins tokens that are no neighbours.
  private func shifted(
    _ bias: Variable, _ grid: Grid, _ count: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let tokens = window * window
    let mask = graph.view(grid.mask(in: &graph), [grid.windowCount, 1, tokens, tokens])
    let sum = graph.add(graph.cast(mask, to: bias.type.dataType), bias)
    let images = count / max(1, grid.windowCount)
    guard images > 1 else { return sum }
    let all = graph.expand(
      graph.view(sum, [1, grid.windowCount, heads, tokens, tokens]),
      to: [images, grid.windowCount, heads, tokens, tokens])
    return graph.view(graph.contiguous(all), [count, heads, tokens, tokens])
  }
}

/// The second generation's attention: angles between vectors, and a small network for offsets.
struct SwinCosineAttention {
  var block: SwinBlock
  var window: Int

  private var heads: Int { block.heads }
  private var features: Int { block.features }

  func attend(
    _ x: Variable, _ grid: Grid, in graph: inout GraphBuilder
  ) -> Variable {
    let mixed = graph.scoped("self") { mix(x, grid, in: &$0) }
    return Linear(features, features).named("output.dense")(mixed, in: &graph)
  }

  private func mix(_ x: Variable, _ grid: Grid, in graph: inout GraphBuilder) -> Variable {
    let bias = block.swin.qkvBias
    let parts = [("query", bias), ("key", false), ("value", bias)].map { name, bias in
      let product = Linear(features, features, bias: bias).named(name)(x, in: &graph)
      let split = graph.view(
        product, [x.size(0), x.size(1), heads, features / heads])
      return graph.transpose(split, 1, 2)
    }
    let (query, key) = (graph.unitVectors(parts[0]), graph.unitVectors(parts[1]))
    let cosines = graph.matrixProduct(query, graph.transpose(key, -2, -1))
    let logarithm = graph.parameter("logit_scale", [heads, 1, 1])
    let factor = graph.apply("Exp", graph.apply("Clip", logarithm))
    var scores = graph.add(graph.multiply(cosines, factor), positionBias(in: &graph))
    if grid.isShifted { scores = masked(scores, grid, in: &graph) }
    let weights = Dropout(block.swin.attentionDropout)(graph.softmax(scores), in: &graph)
    let mixed = graph.matrixProduct(weights, parts[2])
    return graph.view(graph.reorder(mixed, [0, 2, 1, 3]), x.shape)
  }

  private func positionBias(in graph: inout GraphBuilder) -> Variable {
    let (side, tokens) = (2 * window - 1, window * window)
    let offsets = graph.state("relative_coords_table", .float32, [1, side, side, 2])
    let index = graph.state("relative_position_index", .int64, [tokens, tokens])
    let network = Numbered {
      Linear(2, 512)
      Activation.relu(inPlace: true)
      Linear(512, heads, bias: false)
    }.named("continuous_position_bias_mlp")
    let table = graph.view(
      network(graph.cast(offsets, to: graph.floatingType), in: &graph), [-1, heads])
    let rows = graph.rows(of: table, at: graph.view(index, [tokens * tokens]))
    let headed = graph.reorder(graph.view(rows, [tokens, tokens, heads]), [2, 0, 1])
    return graph.scale(
      graph.apply("Sigmoid", graph.view(headed, [1, heads, tokens, tokens])), by: 16)
  }

  private func masked(
    _ scores: Variable, _ grid: Grid, in graph: inout GraphBuilder
  ) -> Variable {
    let (count, tokens) = (grid.windowCount, window * window)
    let mask = graph.cast(grid.mask(in: &graph), to: scores.type.dataType)
    let grouped = graph.view(scores, [-1, count, heads, tokens, tokens])
    let sum = graph.add(grouped, graph.view(mask, [1, count, 1, tokens, tokens]))
    return graph.view(sum, scores.shape)
  }
}

extension GraphBuilder {
  /// An image with zeros below and to the right, up to a size.
  mutating func padded(_ x: Variable, to size: Extent) -> Variable {
    let (rows, columns) = (size.height - x.size(2), size.width - x.size(3))
    guard rows > 0 || columns > 0 else { return x }
    return pad(x, before: [0, 0, 0, 0], after: [0, 0, rows, columns])
  }
}

extension Int {
  fileprivate func roundedUp(to step: Int) -> Int { (self + step - 1) / step * step }
}
