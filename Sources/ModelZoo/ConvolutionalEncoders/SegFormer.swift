// "SegFormer", Xie et al., 2021. <https://arxiv.org/abs/2105.15203>

import ModelGraph

/// Four stages of transformers over ever smaller maps, whose keys and values are fewer than queries.
struct SegFormer: Layer {
  var channels: Int
  var stages: [Stage]
  var activation: String
  var epsilon: Double
  var dropout: Double
  var attentionDropout: Double
  var task: Task

  struct Stage: Hashable, Sendable {
    var features: Int
    var inner: Int
    var depth: Int
    var heads: Int
    var patch: Int
    var stride: Int

    /// By how much the map is smaller for keys and values.
    var reduction: Int

    /// The chance to drop each block.
    var chances: [Double]
  }

  enum Task: Hashable, Sendable {
    case features
    case classes(Int)
    case segments(Int, features: Int, dropout: Double)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard task != .features else { return outputs(x, in: &graph).last ?? x }
    let maps = graph.scoped("segformer") { outputs(x, in: &$0) }
    let last = maps.last ?? x
    switch task {
    case .features: return last
    case .classes(let count):
      let tokens = TokenMean()(graph.tokens(of: last), in: &graph)
      return Linear(stages.last?.features ?? 1, count).named("classifier")(tokens, in: &graph)
    case .segments(let count, let features, let dropout):
      return graph.scoped("decode_head") { graph in
        segment(maps, count, features, dropout, in: &graph)
      }
    }
  }

  private func outputs(_ x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    var maps: [Variable] = []
    var inputs = channels
    for (index, stage) in stages.enumerated() {
      let (from, map) = (inputs, maps.last ?? x)
      maps.append(
        graph.scoped("stages.\(index)") { self.stage(stage, from, map, in: &$0) })
      inputs = stage.features
    }
    return maps
  }

  private func stage(
    _ stage: Stage, _ inputs: Int, _ x: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let map = Conv2d(
      inputs, stage.features, kernel: Extent(stage.patch), stride: Extent(stage.stride),
      padding: Extent(stage.patch / 2)
    ).named("patch_embeddings.proj")(x, in: &graph)
    let grid = Extent(map.size(2), map.size(3))
    var tokens = LayerNorm(stage.features, epsilon: 1e-5).named("patch_embeddings.layer_norm")(
      graph.tokens(of: map), in: &graph)
    for index in 0..<stage.depth {
      let block = TokenBlock(
        attention: Reduced(former: self, stage: stage, grid: grid),
        feedForward: MixedFeedForward(former: self, stage: stage, grid: grid),
        norm: FeatureNormalization(
          kind: .layer(bias: true), features: stage.features, epsilon: epsilon),
        names: .vit, dropPath: stage.chances[index])
      tokens = block.named("blocks.\(index)")(tokens, in: &graph)
    }
    tokens = LayerNorm(stage.features, epsilon: epsilon).named("layer_norm")(tokens, in: &graph)
    return graph.contiguous(graph.map(of: tokens, grid))
  }

  private func segment(
    _ maps: [Variable], _ count: Int, _ features: Int, _ dropout: Double,
    in graph: inout GraphBuilder
  ) -> Variable {
    let first = maps[0]
    let projected = maps.enumerated().map { index, map in
      let tokens = Linear(stages[index].features, features)
        .named("linear_projections.\(index).proj")(graph.tokens(of: map), in: &graph)
      let small = graph.map(of: tokens, Extent(map.size(2), map.size(3)))
      return graph.enlarged(small, to: Extent(first.size(2), first.size(3)))
    }
    let joined = graph.concatenate(projected.reversed(), axis: 1)
    return Sequential {
      Conv2d(features * maps.count, features, kernel: 1, bias: false).named("linear_fuse")
      BatchNorm2d(features).named("batch_norm")
      Activation.relu()
      Dropout(dropout)
      Conv2d(features, count, kernel: 1).named("classifier")
    }(joined, in: &graph)
  }
}

extension SegFormer {
  /// Attention to a smaller map.
  struct Reduced: Layer {
    var former: SegFormer
    var stage: Stage
    var grid: Extent

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let features = stage.features
      var memory = x
      if stage.reduction > 1 {
        let map = Conv2d(
          features, features, kernel: Extent(stage.reduction), stride: Extent(stage.reduction)
        ).named("sequence_reduction.sequence_reduction")(graph.map(of: x, grid), in: &graph)
        memory = LayerNorm(features, epsilon: 1e-5).named("sequence_reduction.layer_norm")(
          graph.tokens(of: map), in: &graph)
      }
      let attention = TokenAttention(
        features: features, heads: stage.heads, names: .short, dropout: former.attentionDropout)
      return Dropout(former.dropout)(attention(x, memory: memory, in: &graph), in: &graph)
    }
  }

  /// A network with a convolution of each feature in the middle, which tells places.
  struct MixedFeedForward: Layer {
    var former: SegFormer
    var stage: Stage
    var grid: Extent

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let wide = Linear(stage.features, stage.inner).named("fc1")(x, in: &graph)
      let map = Conv2d(
        stage.inner, stage.inner, kernel: 3, padding: 1, groups: stage.inner
      ).named("dwconv.dwconv")(graph.map(of: wide, grid), in: &graph)
      return Sequential {
        NamedActivation(name: former.activation)
        Dropout(former.dropout)
        Linear(stage.inner, stage.features).named("fc2")
        Dropout(former.dropout)
      }(graph.tokens(of: map), in: &graph)
    }
  }
}

extension GraphBuilder {
  /// A map enlarged by interpolation along both axes.
  mutating func enlarged(_ x: Variable, to size: Extent) -> Variable {
    guard x.size(2) != size.height || x.size(3) != size.width else { return x }
    return opaque(
      "Interpolation", [x],
      gives: [TensorType(x.type.dataType, [x.size(0), x.size(1), size.height, size.width])])[0]
  }
}

// MARK: - Configurations

extension SegFormer {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "SegformerForImageClassification")
    try c.requireClass(
      name, endingIn: ["ForImageClassification", "ForSemanticSegmentation", "Model"])
    let stages = try stages(c)
    if let last = try c.sizes("hidden_sizes")?.last, last != stages.last?.features,
      name.hasSuffix("ForImageClassification")
    {
      throw .contradiction(
        "\(c.path)num_encoder_blocks is \(stages.count), but classes are told from the last of "
          + "hidden_sizes, \(last) features")
    }
    let model = SegFormer(
      channels: try c.size("num_channels", default: 3), stages: stages,
      activation: try c.text("hidden_act", default: "gelu"),
      epsilon: try c.number("layer_norm_eps", default: 1e-6),
      dropout: try c.number("hidden_dropout_prob", default: 0),
      attentionDropout: try c.number("attention_probs_dropout_prob", default: 0),
      task: try task(c, name))
    return Blueprint(
      network: model,
      input: ImageSizes(
        image: try c.extent("image_size", default: 512), patch: 1, channels: model.channels
      ).input)
  }

  private static func task(
    _ c: Configuration, _ name: String
  ) throws(ConfigurationError) -> Task {
    if name.hasSuffix("Model") { return .features }
    if name.hasSuffix("ForImageClassification") { return .classes(try c.labelCount) }
    return .segments(
      try c.labelCount, features: try c.size("decoder_hidden_size", default: 256),
      dropout: try c.number("classifier_dropout_prob", default: 0.1))
  }

  private static func stages(_ c: Configuration) throws(ConfigurationError) -> [Stage] {
    let count = try c.size("num_encoder_blocks", default: 4, in: 1...16)
    func list(_ key: String, _ standard: [Int]) throws(ConfigurationError) -> [Int] {
      let values = try c.sizes(key, in: 1...Configuration.maximumSize) ?? standard
      guard values.count >= count else {
        throw .contradiction("\(c.path)\(key) must have \(count) numbers")
      }
      return values
    }
    let (widths, depths) = (
      try list("hidden_sizes", [32, 64, 160, 256]), try list("depths", [2, 2, 2, 2])
    )
    let heads = try list("num_attention_heads", [1, 2, 5, 8])
    let (patches, strides) = (
      try list("patch_sizes", [7, 3, 3, 3]), try list("strides", [4, 2, 2, 2])
    )
    let reductions = try list("sr_ratios", [8, 4, 2, 1])
    let ratios = try list("mlp_ratios", [4, 4, 4, 4])
    let rate = try c.number("drop_path_rate", default: 0.1)
    let total = depths.prefix(count).reduce(0) { min($0 + $1, Configuration.maximumSize) }
    guard total <= Configuration.maximumDepth else {
      throw .contradiction("\(c.path)depths ask for \(total) blocks")
    }
    var made: [Stage] = []
    for index in 0..<count {
      let before = depths[..<index].reduce(0, +)
      guard widths[index] % heads[index] == 0, ratios[index] <= 1024 else {
        throw .contradiction(
          "\(c.path)\(widths[index]) features cannot be split into \(heads[index]) heads")
      }
      made.append(
        Stage(
          features: widths[index], inner: widths[index] * ratios[index], depth: depths[index],
          heads: heads[index], patch: patches[index], stride: strides[index],
          reduction: reductions[index],
          chances: (0..<depths[index]).map {
            rate * Double(before + $0) / Double(max(1, total - 1))
          }))
    }
    return made
  }
}
