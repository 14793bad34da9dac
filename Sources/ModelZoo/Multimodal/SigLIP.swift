// "Sigmoid Loss for Language Image Pre-Training", Zhai et al., 2023. <https://arxiv.org/abs/2303.15343>
// "SigLIP 2", Tschannen et al., 2025. <https://arxiv.org/abs/2502.14786>

import ModelGraph

/// An encoder of images without a token for the whole, which attention makes at last.
struct SigLIPVision: Layer {
  var sizes: VisionSizes
  var hasHead = true
  var result = CLIPVision.Result.pooled

  /// Whether patches come cut already, in whatever form an image has.
  var hasFlexibleForm = false

  /// The rows of the table of places, where images have no one size.
  var places: Int?

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let embedded = graph.scoped("embeddings") { embed(x, in: &$0) }
    let block = sizes.clipBlock
    var stack = TokenStack(depth: sizes.depth, name: "encoder.layers") { _ in block }
    if case .tokens(let taps) = result { stack.taps = taps }
    let states = stack.run(embedded, in: &graph)
    let last = sizes.norm.named("post_layernorm")(states.last ?? embedded, in: &graph)
    let head = AttentionPooling(sizes: sizes)
    let pooled = hasHead ? head.named("head")(last, in: &graph) : last
    switch result {
    case .pooled: return hasHead ? pooled : graph.select(pooled, axis: 1, index: 0)
    case .mean:
      return graph.apply(
        "ReduceMean", last, attributes: ["axes": .integers([1]), "keepdims": .integer(0)])
    case .tokens:
      let chosen = stack.tapped(states)
      return chosen.count > 1 ? graph.concatenate(chosen, axis: 2) : chosen.first ?? last
    }
  }

  private func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (features, length) = (sizes.features, places ?? sizes.images.patches)
    guard !hasFlexibleForm else {
      let area = sizes.images.channels * sizes.images.patch.height * sizes.images.patch.width
      let tokens = Linear(area, features).named("patch_embedding")(x, in: &graph)
      let table = graph.parameter("position_embedding.weight", [length, features])
      // Rows between those of the table are made by interpolation.
      let rows = graph.opaque("PlacesByInterpolation", [table], gives: [tokens.type])[0]
      return graph.add(tokens, rows)
    }
    sizes.images.check(x, in: &graph)
    let patches = sizes.images.patches(
      of: x, features, bias: true, named: "patch_embedding", in: &graph)
    let numbers = graph.state("position_ids", .int64, [1, length])
    return graph.add(
      patches, Embedding(length, features).named("position_embedding")(numbers, in: &graph))
  }
}

/// One learned query that gathers from all tokens, and a network after it.
struct AttentionPooling: Layer {
  var sizes: VisionSizes

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let features = sizes.features
    let probe = graph.expand(
      graph.parameter("probe", [1, 1, features]), to: [x.size(0), 1, features])
    let gathered = PackedCrossAttention(features: features, heads: sizes.heads)
    let mixed = graph.scoped("attention") { gathered(probe, memory: x, in: &$0) }
    let normalized = sizes.norm.named("layernorm")(mixed, in: &graph)
    let fed = sizes.feedForward.named("mlp")(normalized, in: &graph)
    return graph.select(graph.add(mixed, fed), axis: 1, index: 0)
  }
}

/// PyTorch's attention of some tokens to others, with the weights of its three maps in one tensor.
///
/// <https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html>
struct PackedCrossAttention {
  var features: Int
  var heads: Int

  func callAsFunction(
    _ x: Variable, memory: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let weight = graph.parameter("in_proj_weight", [3 * features, features])
    let bias = graph.parameter("in_proj_bias", [3 * features])
    let parts = [x, memory, memory].enumerated().map { index, source in
      let (from, to) = (index * features, (index + 1) * features)
      let product = graph.apply(
        "Linear", source, graph.narrow(weight, axis: 0, from: from, to: to),
        graph.narrow(bias, axis: 0, from: from, to: to))
      let split = graph.view(
        product, [source.size(0), source.size(1), heads, features / heads])
      return graph.transpose(split, 1, 2)
    }
    let mixed = graph.attention(parts, dropout: 0, isCausal: false)
    let joined = graph.view(graph.transpose(mixed, 1, 2), x.shape)
    return Linear(features, features).named("out_proj")(joined, in: &graph)
  }
}

// MARK: - Configurations

/// SigLIP, and each of its two encoders alone.
enum SigLIP {
  /// The sizes of the larger encoder for images of 384 × 384, as parts of others leave it out.
  static let largeSizes: [String: Int?] = [
    "hidden_size": 1152, "intermediate_size": 4304, "patch_size": 14, "image_size": 384,
    "num_hidden_layers": 26, "num_attention_heads": 16, "vision_use_head": 0,
  ]

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(c, isSecond: false)
  }

  static func second(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(c, isSecond: true)
  }

  static func text(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let encoder = try textEncoder(c)
    return Blueprint(network: encoder, input: encoder.input)
  }

  static func vision(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let encoder = try visionEncoder(c, isSecond: false)
    return Blueprint(network: encoder, input: encoder.sizes.images.input)
  }

  static func secondVision(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let encoder = try visionEncoder(c, isSecond: true)
    return Blueprint(network: CutImages(encoder: encoder), input: encoder.sizes.images.input)
  }

  static func tower(
    _ c: Configuration, _ taps: [Int]
  ) throws(ConfigurationError) -> ImageTower {
    var encoder = try visionEncoder(c, isSecond: false)
    encoder.result = .tokens(taps: taps)
    return ImageTower(
      layer: encoder, features: encoder.sizes.features, images: encoder.sizes.images)
  }

  static func secondTower(
    _ c: Configuration, _ taps: [Int]
  ) throws(ConfigurationError) -> ImageTower {
    var encoder = try visionEncoder(c, isSecond: true)
    encoder.result = .tokens(taps: taps)
    return ImageTower(
      layer: CutImages(encoder: encoder), features: encoder.sizes.features,
      images: encoder.sizes.images)
  }

  private static func model(
    _ c: Configuration, isSecond: Bool
  ) throws(ConfigurationError) -> Blueprint {
    var image = try visionEncoder(try c.part("vision_config"), isSecond: isSecond)
    if try c.className(default: "Model").hasSuffix("ForImageClassification") {
      image.result = .mean
      let encoder: any Layer = isSecond ? CutImages(encoder: image) : image
      let labels = try c.labelCount
      return Blueprint(
        network: Sequential {
          Wrapped(name: "vision_model", layer: encoder)
          Linear(image.sizes.features, labels).named("classifier")
        }, input: image.sizes.images.input)
    }
    let text = try textEncoder(try c.part("text_config"))
    return Blueprint(
      network: ImageTextPair(
        text: text, image: isSecond ? CutImages(encoder: image) : image,
        images: image.sizes.images,
        scales: [.init(name: "logit_scale", shape: [1]), .init(name: "logit_bias", shape: [1])]),
      input: text.input)
  }

  private static func textEncoder(_ c: Configuration) throws(ConfigurationError) -> CLIPText {
    var text = try CLIPText(
      c,
      .init(
        vocabulary: 32000, features: 768, inner: 3072, heads: 12, context: 64,
        activation: "gelu_pytorch_tanh", epsilon: 1e-6), isCausal: false)
    text.head = Linear(
      text.features, try c.size("projection_size", default: text.features))
    return text
  }

  private static func visionEncoder(
    _ c: Configuration, isSecond: Bool
  ) throws(ConfigurationError) -> SigLIPVision {
    let standard = VisionSizes.Defaults(epsilon: 1e-6, activation: "gelu_pytorch_tanh")
    var encoder = SigLIPVision(
      sizes: try VisionSizes(c, standard),
      hasHead: try c.flag("vision_use_head", default: true))
    if isSecond {
      encoder.hasFlexibleForm = true
      encoder.places = try c.size("num_patches", default: 256)
    }
    return encoder
  }
}

/// Cuts images of one size into the patches that an encoder of any form takes.
struct CutImages: Layer {
  var encoder: SigLIPVision

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let images = encoder.sizes.images
    let area = images.channels * images.patch.height * images.patch.width
    let patches = graph.opaque(
      "Patches", [x],
      gives: [TensorType(x.type.dataType, [x.size(0), images.patches, area])])[0]
    return encoder(patches, in: &graph)
  }
}

/// A layer of any kind under a name, or without one.
struct Wrapped: Layer {
  var name: String
  var layer: any Layer

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.scoped(name) { layer(x, in: &$0) }
  }
}
