// "DINOv2", Oquab et al., 2023. <https://arxiv.org/abs/2304.07193>
// "Vision Transformers Need Registers", Darcet et al., 2023. <https://arxiv.org/abs/2309.16588>
// "DINOv3", Siméoni et al., 2025. <https://arxiv.org/abs/2508.10104>

import ModelGraph

/// A vision transformer whose branches have a factor for each feature.
struct DINO: Layer {
  var sizes: VisionSizes
  var embedding: PatchEmbedding
  var biases = TokenAttention.Biases()
  var feedForward: any Layer

  /// The names of the stack of blocks and of the last normalization.
  var stack = "encoder.layer"
  var norm = "layernorm"
  var dropPath: Double

  /// Whether heads are turned by rows and columns; the third generation's way.
  var turnsHeads = false
  var task = Task.features

  enum Task: Hashable, Sendable {
    case features

    /// Classes from the first token and the mean of the patches.
    case classes(Int, name: String)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard case .classes(let count, let name) = task else {
      return graph.select(encode(x, in: &graph), axis: 1, index: 0)
    }
    let tokens = graph.scoped(name) { encode(x, in: &$0) }
    let first = graph.select(tokens, axis: 1, index: 0)
    let patches = graph.narrow(
      tokens, axis: 1, from: tokens.size(1) - sizes.images.patches, to: tokens.size(1))
    let mean = graph.apply(
      "ReduceMean", patches, attributes: ["axes": .integers([1]), "keepdims": .integer(0)])
    return Linear(2 * sizes.features, count).named("classifier")(
      graph.concatenate([first, mean], axis: 1), in: &graph)
  }

  private func encode(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let tokens = states(of: x, in: &graph).last ?? x
    return sizes.norm.named(norm)(tokens, in: &graph)
  }

  /// The embeddings and the output of every block.
  func states(of x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    let embedded = embedding.named("embeddings")(x, in: &graph)
    let length = embedded.size(1)
    let turning: HeadTurning? =
      turnsHeads ? graph.scoped("rope_embeddings") { rotary(length, in: &$0) } : nil
    return TokenStack(depth: sizes.depth, name: stack) { _ in block(turning) }
      .run(embedded, in: &graph)
  }

  private func block(_ turning: HeadTurning?) -> TokenBlock {
    var attention = sizes.attention
    attention.names = .short
    attention.biases = biases
    if let turning { attention.turning = { turning($0, in: &$1) } }
    var block = TokenBlock(
      attention: attention, feedForward: feedForward, norm: sizes.norm, names: .dino,
      dropout: sizes.dropout)
    block.scaling = .init(first: "layer_scale1.lambda1", second: "layer_scale2.lambda1")
    block.dropPath = dropPath
    return block
  }

  /// The cosines and sines by which the patches of a head are turned, not the tokens before them.
  private func rotary(_ length: Int, in graph: inout GraphBuilder) -> HeadTurning {
    let width = sizes.features / sizes.heads
    let frequencies = graph.state("inv_freq", .float32, [width.dividedRoundingUp(by: 4)])
    let type = TensorType(graph.floatingType, [1, sizes.images.patches, width])
    let tables = graph.opaque(
      "AnglesByRowAndColumn", [frequencies], gives: [type, type])
    return HeadTurning(
      tables: RotaryTables(cosine: tables[0], sine: tables[1], width: width),
      skipped: length - sizes.images.patches)
  }
}

/// Turns heads `[batch, heads, length, features]`, all but some tokens before them.
struct HeadTurning: Sendable {
  var tables: RotaryTables
  var skipped: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard skipped > 0 else { return tables.turn(x, in: &graph) }
    let before = graph.narrow(x, axis: 2, from: 0, to: skipped)
    let rest = graph.narrow(x, axis: 2, from: skipped, to: x.size(2))
    return graph.concatenate([before, tables.turn(rest, in: &graph)], axis: 2)
  }
}

// MARK: - Configurations

extension DINO {
  static func second(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try second(c, hasRegisters: false)
  }

  static func secondWithRegisters(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try second(c, hasRegisters: true)
  }

  private static func second(
    _ c: Configuration, hasRegisters: Bool
  ) throws(ConfigurationError) -> Blueprint {
    var model = try secondLayers(c, hasRegisters: hasRegisters)
    model.task = try task(c, hasRegisters ? "dinov2_with_registers" : "dinov2")
    return Blueprint(network: model, input: model.sizes.images.input)
  }

  static func secondLayers(
    _ c: Configuration, hasRegisters: Bool
  ) throws(ConfigurationError) -> DINO {
    let sizes = try VisionSizes(c, .init(patch: hasRegisters ? 16 : 14, epsilon: 1e-6))
    let masks = try c.flag("use_mask_token", default: true)
    let hasMask = hasRegisters || masks
    let features = sizes.features
    var embedding = PatchEmbedding(
      sizes: sizes.images, features: features, tokens: [.one("cls_token", features)],
      places: .tensor(name: "position_embeddings"),
      unused: hasMask ? [.init(name: "mask_token", shape: [1, features])] : [],
      dropout: sizes.dropout)
    if hasRegisters {
      let registers = try c.count("num_register_tokens", default: 4)
      embedding.placelessTokens = [
        .init(name: "register_tokens", shape: [1, registers, features])
      ]
    }
    var model = DINO(
      sizes: sizes, embedding: embedding, feedForward: try feedForward(c, sizes),
      dropPath: try c.number("drop_path_rate", default: 0))
    let bias = try c.flag("qkv_bias", default: true)
    model.biases = .init(query: bias, key: bias, value: bias)
    return model
  }

  private static func feedForward(
    _ c: Configuration, _ sizes: VisionSizes
  ) throws(ConfigurationError) -> any Layer {
    let inner = try c.scaled(sizes.features, by: "mlp_ratio", default: 4)
    guard try c.flag("use_swiglu_ffn", default: false) else {
      return PlainFeedForward(
        features: sizes.features, inner: inner, activation: sizes.activation)
    }
    // Two thirds, as two maps go up, in multiples of 8.
    let narrow = (Int(Double(inner * 2) / 3) + 7) / 8 * 8
    return GatedFeedForward(features: sizes.features, inner: narrow, bias: true)
  }

  private static func task(
    _ c: Configuration, _ name: String
  ) throws(ConfigurationError) -> Task {
    let task = try c.className(default: "ForImageClassification")
    if task.hasSuffix("ForImageClassification") {
      return .classes(try c.labelCount, name: name)
    }
    try c.requireClass(task, endingIn: ["ForImageClassification", "Model", "Backbone"])
    return .features
  }

  static func third(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try VisionSizes(
      c, .init(features: 384, inner: 1536, heads: 6, epsilon: 1e-5))
    let features = sizes.features
    let embedding = PatchEmbedding(
      sizes: sizes.images, features: features, projection: "patch_embeddings",
      tokens: [
        .one("cls_token", features),
        .init(
          name: "register_tokens",
          shape: [1, try c.count("num_register_tokens", default: 0), features]),
      ], unused: [.one("mask_token", features)])
    let bias = try c.flag("mlp_bias", default: true)
    let isGated = try c.flag("use_gated_mlp", default: false)
    var model = DINO(
      sizes: sizes, embedding: embedding,
      feedForward: isGated
        ? GatedFeedForward(
          features: features, inner: sizes.inner, activation: sizes.activation, bias: bias)
        : PlainFeedForward(
          features: features, inner: sizes.inner, activation: sizes.activation, bias: bias,
          up: "up_proj", down: "down_proj"),
      dropPath: try c.number("drop_path_rate", default: 0))
    model.biases = .init(
      query: try c.flag("query_bias", default: true), key: try c.flag("key_bias", default: false),
      value: try c.flag("value_bias", default: true),
      output: try c.flag("proj_bias", default: true))
    model.stack = "model.layer"
    model.norm = "norm"
    model.turnsHeads = true
    try c.requireClass(try c.className(default: "Model"), endingIn: ["Model", "Backbone"])
    return Blueprint(network: model, input: sizes.images.input)
  }
}
