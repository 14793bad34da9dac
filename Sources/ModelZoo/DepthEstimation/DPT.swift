import ModelGraph

/// A vision transformer whose tokens of several layers become a map of depths or of kinds.
struct DPT: Layer {
  var backbone: any TokenBackbone
  var backboneName: String
  var dense: DensePrediction
  var head: any Layer

  /// What only training reads beside the head.
  var auxiliary: (any Layer)?

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let states = graph.scoped(backboneName) { backbone.states(of: x, in: &$0) }
    let map = dense(states, grid: backbone.grid, in: &graph)
    if let auxiliary { graph.trainingHead(after: map) { auxiliary(map, in: &$0) } }
    return head(map, in: &graph)
  }
}

/// An encoder of images that gives the tokens of some of its layers.
protocol TokenBackbone: Sendable {
  var grid: Extent { get }

  func states(of x: Variable, in graph: inout GraphBuilder) -> [Variable]
}

/// The vision transformer of DPT.
struct DPTEncoder: TokenBackbone {
  var sizes: VisionSizes
  var qkvBias: Bool

  /// The layers whose tokens are given, counted from none.
  var taps: [Int]

  var grid: Extent { sizes.images.grid }

  func states(of x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    let (states, stack) = run(x, in: &graph)
    // What comes last is normalized, and nobody reads it.
    graph.parametersOnly { sizes.norm.named("layernorm")(states.last ?? x, in: &$0) }
    return stack.tapped(states)
  }

  func last(of x: Variable, in graph: inout GraphBuilder) -> Variable {
    let states = run(x, in: &graph).states
    return sizes.norm.named("layernorm")(states.last ?? x, in: &graph)
  }

  private func run(
    _ x: Variable, in graph: inout GraphBuilder
  ) -> (states: [Variable], stack: TokenStack) {
    let embedding = PatchEmbedding(
      sizes: sizes.images, features: sizes.features,
      tokens: [.one("cls_token", sizes.features)],
      places: .tensor(name: "position_embeddings"), dropout: sizes.dropout)
    let block = block
    var stack = TokenStack(depth: sizes.depth, name: "encoder.layer") { _ in block }
    stack.taps = taps.map { $0 + 1 }
    let embedded = embedding.named("embeddings")(x, in: &graph)
    return (stack.run(embedded, in: &graph), stack)
  }

  private var block: TokenBlock {
    .vit(
      sizes.attention, bias: qkvBias, inner: sizes.inner, activation: sizes.activation,
      norm: sizes.norm, dropout: sizes.dropout)
  }
}

// MARK: - Configurations

extension DPT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    guard try !c.flag("is_hybrid", default: false) else {
      throw .unknownPart(key: "\(c.path)is_hybrid", name: "true")
    }
    let name = try c.className(default: "DPTForDepthEstimation")
    let endings = ["ForDepthEstimation", "ForSemanticSegmentation", "Model"]
    try c.requireClass(name, endingIn: endings)
    if name.hasSuffix("Model") { return try encoder(c) }
    let (backbone, named, images) = try backbone(c)
    let dense = try dense(c, features: backbone.features)
    let isDepth = name.hasSuffix("ForDepthEstimation")
    var model = DPT(
      backbone: backbone.layer, backboneName: named, dense: dense,
      head: isDepth ? try depthHead(c, dense.fused) : try kindHead(c, dense.fused, "head"))
    if !isDepth, try c.flag("use_auxiliary_head", default: true) {
      model.auxiliary = try kindHead(c, dense.fused, "auxiliary_head")
    }
    return Blueprint(network: model, input: images.input)
  }

  private static func backbone(
    _ c: Configuration
  ) throws(ConfigurationError) -> (
    backbone: (layer: any TokenBackbone, features: Int), name: String, images: ImageSizes
  ) {
    if let part = try c.partIfAny("backbone_config") {
      let backbone = try DINO.backbone(part)
      return ((backbone, backbone.model.sizes.features), "backbone", backbone.model.sizes.images)
    }
    let encoder = try own(c)
    return ((encoder, encoder.sizes.features), "dpt", encoder.sizes.images)
  }

  private static func own(_ c: Configuration) throws(ConfigurationError) -> DPTEncoder {
    let sizes = try VisionSizes(c, .init(image: 384))
    let taps = try c.sizes("backbone_out_indices") ?? [2, 5, 8, 11]
    for tap in taps where tap >= sizes.depth {
      throw .contradiction(
        "\(c.path)backbone_out_indices asks for layer \(tap) of \(sizes.depth)")
    }
    return DPTEncoder(
      sizes: sizes, qkvBias: try c.flag("qkv_bias", default: true), taps: taps)
  }

  private static func encoder(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let encoder = try own(c)
    let pooler = FirstTokenPooler(
      features: encoder.sizes.features,
      outputs: try c.size("pooler_output_size", default: encoder.sizes.features),
      activation: try c.text("pooler_act", default: "tanh"))
    return Blueprint(
      network: PooledEncoder(encoder: encoder, pooler: pooler), input: encoder.sizes.images.input)
  }

  private static func dense(
    _ c: Configuration, features: Int
  ) throws(ConfigurationError) -> DensePrediction {
    let hasBatchNorm = try c.flag("use_batch_norm_in_fusion_residual", default: false)
    return DensePrediction(
      features: features,
      stages: try DensePrediction.stages(c, features: [96, 192, 384, 768]),
      fused: try c.size("fusion_hidden_size", default: 256),
      hasFusionBias: c.has("use_bias_in_fusion_residual")
        ? try c.flag("use_bias_in_fusion_residual", default: true) : !hasBatchNorm,
      hasBatchNorm: hasBatchNorm,
      readsFirstToken: try c.choice(
        "readout_type", default: "project", of: ["ignore", "add", "project"]) == "project",
      activation: try c.text("hidden_act", default: "gelu"))
  }

  private static func depthHead(
    _ c: Configuration, _ features: Int
  ) throws(ConfigurationError) -> Sequential {
    let isProjected = try c.flag("add_projection", default: false)
    return Sequential {
      if isProjected {
        Conv2d(256, 256, kernel: 3, padding: 1).named("projection")
        Activation.relu()
      }
      Conv2d(features, features / 2, kernel: 3, padding: 1).named("head.0")
      Doubled()
      Conv2d(features / 2, 32, kernel: 3, padding: 1).named("head.2")
      Activation.relu()
      Conv2d(32, 1, kernel: 1).named("head.4")
      Activation.relu()
    }.under("head")
  }

  private static func kindHead(
    _ c: Configuration, _ features: Int, _ name: String
  ) throws(ConfigurationError) -> Sequential {
    let labels = try c.labelCount
    let dropout = try c.number("semantic_classifier_dropout", default: 0.1)
    return Sequential {
      Conv2d(features, features, kernel: 3, padding: 1, bias: false).named("head.0")
      BatchNorm2d(features).named("head.1")
      Activation.relu()
      Dropout(dropout)
      Conv2d(features, labels, kernel: 1).named("head.4")
    }.under(name)
  }

  private struct PooledEncoder: Layer {
    var encoder: DPTEncoder
    var pooler: FirstTokenPooler

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      pooler(encoder.last(of: x, in: &graph), in: &graph)
    }
  }
}

extension Sequential {
  /// The same layers in a module of a name.
  fileprivate func under(_ name: String) -> Sequential { Sequential([self.named(name)]) }
}
