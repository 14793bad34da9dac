// "LeViT: a Vision Transformer in ConvNet's Clothing for Faster Inference", Graham et al., 2021.
// <https://arxiv.org/abs/2104.01136>

import ModelGraph

/// Convolutions, then attention on smaller and smaller grids, with batch normalization throughout.
struct LeViT: Layer {
  var images: ImageSizes
  var kernel: Int
  var stride: Int
  var padding: Int
  var stages: [Stage]
  var task: Task

  struct Stage: Hashable, Sendable {
    var features: Int
    var depth: Int
    var attention: Heads
    var ratio: Int

    /// How the grid is made smaller behind the stage; `nil` where it is the last one.
    var reduction: Reduction?
  }

  struct Heads: Hashable, Sendable {
    var count: Int
    var width: Int

    /// How many times as wide values are as keys.
    var ratio: Int

    var keys: Int { count * width }
    var values: Int { count * width * ratio }
  }

  struct Reduction: Hashable, Sendable {
    var outputs: Int
    var heads: Heads
    var stride = 2
    var ratio = 2
  }

  enum Task: Hashable, Sendable {
    case features
    case classes(Int, twice: Bool)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard case .classes(let labels, let isTwice) = task, let last = stages.last else {
      return encode(x, in: &graph)
    }
    let mean = graph.scoped("levit") { encode(x, in: &$0) }
    let scores = classify(mean, last.features, labels, "classifier", in: &graph)
    guard isTwice else { return scores }
    let others = classify(mean, last.features, labels, "classifier_distill", in: &graph)
    return graph.scale(graph.add(scores, others), by: 0.5)
  }

  private func classify(
    _ x: Variable, _ features: Int, _ labels: Int, _ name: String, in graph: inout GraphBuilder
  ) -> Variable {
    Sequential {
      BatchNorm2d(features).named("batch_norm")
      Linear(features, labels).named("linear")
    }.named(name)(x, in: &graph)
  }

  private func encode(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let map = graph.scoped("patch_embeddings") { embed(x, in: &$0) }
    var side = images.grid.height
    graph.require(
      map.size(2) == side && map.size(3) == side,
      "the convolutions give \(map.size(2)) × \(map.size(3)) places, not \(side) × \(side)")
    var tokens = graph.contiguous(graph.tokens(of: map))
    for (index, stage) in stages.enumerated() {
      tokens = graph.scoped("encoder.stages.\(index).layers") { graph in
        run(stage, tokens, &side, in: &graph)
      }
    }
    return graph.apply(
      "ReduceMean", tokens, attributes: ["axes": .integers([1]), "keepdims": .integer(0)])
  }

  private func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let features = stages.first?.features ?? 1
    let widths = [images.channels] + [8, 4, 2, 1].map { features / $0 }
    return Sequential {
      for index in 1...4 {
        Sequential {
          Conv2d(
            widths[index - 1], widths[index], kernel: Extent(kernel), stride: Extent(stride),
            padding: Extent(padding), bias: false
          ).named("convolution")
          BatchNorm2d(widths[index]).named("batch_norm")
        }.named("embedding_layer_\(index)")
        if index < 4 { Activation.hardSwish() }
      }
    }(x, in: &graph)
  }

  private func run(
    _ stage: Stage, _ x: Variable, _ side: inout Int, in graph: inout GraphBuilder
  ) -> Variable {
    let grid = side
    let features = stage.features
    var tokens = x
    var number = 0
    func add(_ body: (Variable, inout GraphBuilder) -> Variable) {
      let input = tokens
      tokens = graph.scoped("\(number).module") { graph in
        graph.add(input, body(input, &graph))
      }
      number += 1
    }
    for _ in 0..<stage.depth {
      add { x, graph in attend(x, features, stage.attention, grid, in: &graph) }
      if stage.ratio > 0 { add { x, graph in feed(x, features, stage.ratio, in: &graph) } }
    }
    guard let reduction = stage.reduction else { return tokens }
    let (input, smaller) = (tokens, (grid - 1) / reduction.stride + 1)
    tokens = graph.scoped("\(number)") {
      reduce(input, features, reduction, grid, smaller, in: &$0)
    }
    number += 1
    side = smaller
    add { x, graph in feed(x, reduction.outputs, reduction.ratio, in: &graph) }
    return tokens
  }
}

// MARK: - Layers

extension LeViT {
  private func map(
    _ name: String, _ x: Variable, _ outputs: Int, in graph: inout GraphBuilder
  ) -> Variable {
    graph.scoped(name) { graph in
      let inputs = x.size(2)
      let y = Linear(inputs, outputs, bias: false).named("linear")(x, in: &graph)
      let rows = graph.view(y, [x.size(0) * x.size(1), outputs])
      let normalized = BatchNorm2d(outputs).named("batch_norm")(rows, in: &graph)
      return graph.view(normalized, [x.size(0), x.size(1), outputs])
    }
  }

  private func feed(
    _ x: Variable, _ features: Int, _ ratio: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let wide = map("linear_up", x, features * ratio, in: &graph)
    return map(
      "linear_down", Activation.hardSwish()(wide, in: &graph), features, in: &graph)
  }

  private func attend(
    _ x: Variable, _ features: Int, _ heads: Heads, _ side: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let all = map("queries_keys_values", x, 2 * heads.keys + heads.values, in: &graph)
    let parts = split(
      all, heads, [heads.width, heads.width, heads.width * heads.ratio], in: &graph)
    let mixed = mix(parts, heads, from: side, to: side, stride: 1, in: &graph)
    return map("projection", mixed, features, in: &graph)
  }

  /// Attention of every other place to all of them.
  private func reduce(
    _ x: Variable, _ features: Int, _ reduction: Reduction, _ side: Int, _ smaller: Int,
    in graph: inout GraphBuilder
  ) -> Variable {
    let heads = reduction.heads
    let both = map("keys_values", x, heads.keys + heads.values, in: &graph)
    let others = split(both, heads, [heads.width, heads.width * heads.ratio], in: &graph)
    let grid = graph.view(x, [x.size(0), side, side, features])
    let rows = graph.narrow(grid, axis: 1, from: 0, to: side, step: reduction.stride)
    let chosen = graph.narrow(rows, axis: 2, from: 0, to: side, step: reduction.stride)
    let few = graph.view(
      graph.contiguous(chosen), [x.size(0), smaller * smaller, features])
    let asked = split(
      map("queries", few, heads.keys, in: &graph), heads, [heads.width], in: &graph)
    let mixed = mix(
      asked + others, heads, from: smaller, to: side, stride: reduction.stride, in: &graph)
    return map("projection", mixed, reduction.outputs, in: &graph)
  }

  /// The parts of each head, heads in front of the places.
  private func split(
    _ x: Variable, _ heads: Heads, _ widths: [Int], in graph: inout GraphBuilder
  ) -> [Variable] {
    let apart = graph.view(x, [x.size(0), x.size(1), heads.count, widths.reduce(0, +)])
    var start = 0
    return widths.map { width in
      defer { start += width }
      let part = graph.narrow(apart, axis: 3, from: start, to: start + width)
      return graph.transpose(part, 1, 2)
    }
  }

  /// Attention with a learned number for each distance of rows and of columns.
  private func mix(
    _ parts: [Variable], _ heads: Heads, from asking: Int, to seen: Int, stride: Int,
    in graph: inout GraphBuilder
  ) -> Variable {
    let (queries, keys) = (asking * asking, seen * seen)
    let distances = Set((0..<asking).flatMap { a in (0..<seen).map { abs(a * stride - $0) } })
    let biases = graph.parameter(
      "attention_biases", [heads.count, distances.count * distances.count])
    let numbers = graph.state("attention_bias_idxs", .int64, [queries, keys])
    let type = TensorType(graph.floatingType, [heads.count, queries, keys])
    let offsets = graph.opaque("BiasesByDistance", [biases, numbers], gives: [type])[0]
    let products = graph.matrixProduct(parts[0], graph.transpose(parts[1], 2, 3))
    let scores = graph.add(
      graph.scale(products, by: 1 / Double(heads.width).squareRoot()), offsets)
    let mixed = graph.matrixProduct(graph.softmax(scores), parts[2])
    let joined = graph.view(
      graph.contiguous(graph.transpose(mixed, 1, 2)),
      [mixed.size(0), queries, heads.values])
    return Activation.hardSwish()(joined, in: &graph)
  }
}

// MARK: - Configurations

extension LeViT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "LevitForImageClassification")
    try c.requireClass(name, endingIn: ["ForImageClassification", "WithTeacher", "Model"])
    let model = LeViT(
      images: try c.imageSizes(image: 224, patch: 16),
      kernel: try c.size("kernel_size", default: 3, in: 1...64),
      stride: try c.size("stride", default: 2, in: 1...64),
      padding: try c.count("padding", default: 1), stages: try stages(c),
      task: name.hasSuffix("Model")
        ? .features : .classes(try c.labelCount, twice: name.hasSuffix("WithTeacher")))
    guard model.images.grid.height == model.images.grid.width, model.images.grid.height <= 256
    else {
      throw .contradiction("image_size and patch_size must give a square of at most 256 × 256")
    }
    return Blueprint(network: model, input: model.images.input)
  }

  private static func stages(_ c: Configuration) throws(ConfigurationError) -> [Stage] {
    let depths = try c.sizes("depths") ?? [4, 4, 4]
    try c.requireDepth(depths)
    let count = depths.count
    let features = try c.stageSizes(
      "hidden_sizes", default: [128, 256, 384], count: count, least: 8)
    let heads = try c.stageSizes("num_attention_heads", default: [4, 8, 12], count: count)
    let widths = try c.stageSizes("key_dim", default: [16, 16, 16], count: count)
    let wider = try c.stageSizes("attention_ratio", default: [2, 2, 2], count: count)
    let ratios = try c.stageSizes("mlp_ratio", default: [2, 2, 2], count: count, least: 0)
    guard 1...3 ~= count else {
      throw .contradiction("depths must be of one to three stages, found \(count)")
    }
    return (0..<count).map { index in
      let reduction = Reduction(
        outputs: features[min(index + 1, count - 1)],
        heads: Heads(count: max(1, features[index] / widths[0]), width: widths[0], ratio: 4))
      return Stage(
        features: features[index], depth: depths[index],
        attention: Heads(count: heads[index], width: widths[index], ratio: wider[index]),
        ratio: ratios[index], reduction: index < 2 && index + 1 < count ? reduction : nil)
    }
  }
}
