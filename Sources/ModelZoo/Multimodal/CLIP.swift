// "Learning Transferable Visual Models From Natural Language Supervision", Radford et al., 2021.
// <https://arxiv.org/abs/2103.00020>

import ModelGraph

/// An encoder of texts, whose tokens see only what came before them.
struct CLIPText: Layer {
  var vocabulary: Int
  var context: Int
  var features: Int
  var depth: Int
  var norm: FeatureNormalization
  var block: TokenBlock

  /// What a pooled text goes through at last; `nil` if nothing.
  var head: Linear?

  /// The last hidden state of one token of each text.
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let placed = graph.scoped("embeddings") { embed(x, in: &$0) }
    let tokens = TokenStack(depth: depth, name: "encoder.layers") { _ in block }(
      placed, in: &graph)
    let normalized = norm.named("final_layer_norm")(tokens, in: &graph)
    // Which token it is, the text says; any is of the same size.
    let pooled = graph.select(normalized, axis: 1, index: 0)
    return head?.named("head")(pooled, in: &graph) ?? pooled
  }

  private func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.require(
      x.size(1) <= context, "positions are learned up to \(context), not \(x.size(1))")
    let numbers = graph.state("position_ids", .int64, [1, context])
    let used = graph.narrow(numbers, axis: 1, from: 0, to: x.size(1))
    let words = Embedding(vocabulary, features).named("token_embedding")(x, in: &graph)
    let places = Embedding(context, features).named("position_embedding")(used, in: &graph)
    return graph.add(words, places)
  }
}

/// An encoder of images, normalized before the first block.
struct CLIPVision: Layer {
  var sizes: VisionSizes
  var result = Result.pooled

  /// The name of the normalization before the first block.
  var firstNorm = "pre_layrnorm"

  enum Result: Hashable, Sendable {
    case pooled

    /// The tokens of some layers, or of the last one.
    case tokens(taps: [Int])

    /// The mean of the last layer's patches.
    case mean
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let embedded = graph.scoped("embeddings") { embed(x, in: &$0) }
    let opened = sizes.norm.named(firstNorm)(embedded, in: &graph)
    let block = sizes.clipBlock
    var stack = TokenStack(depth: sizes.depth, name: "encoder.layers") { _ in block }
    if case .tokens(let taps) = result { stack.taps = taps }
    let states = stack.run(opened, in: &graph)
    let last = states.last ?? opened
    let first = graph.select(last, axis: 1, index: 0)
    let pooled = sizes.norm.named("post_layernorm")(first, in: &graph)
    switch result {
    case .pooled: return pooled
    case .mean:
      let patches = graph.narrow(last, axis: 1, from: 1, to: last.size(1))
      return graph.apply(
        "ReduceMean", patches, attributes: ["axes": .integers([1]), "keepdims": .integer(0)])
    case .tokens:
      let chosen = stack.tapped(states)
      return chosen.count > 1 ? graph.concatenate(chosen, axis: 2) : chosen.first ?? last
    }
  }

  private func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    sizes.images.check(x, in: &graph)
    let (features, length) = (sizes.features, sizes.images.patches + 1)
    let learned = graph.parameter("class_embedding", [features])
    let patches = sizes.images.patches(
      of: x, features, bias: false, named: "patch_embedding", in: &graph)
    let token = graph.expand(
      graph.view(learned, [1, 1, features]), to: [x.size(0), 1, features])
    let all = graph.concatenate([token, patches], axis: 1)
    let numbers = graph.state("position_ids", .int64, [1, length])
    return graph.add(
      all, Embedding(length, features).named("position_embedding")(numbers, in: &graph))
  }
}

extension VisionSizes {
  /// Attention and a network under the names that CLIP gave them.
  var clipBlock: TokenBlock {
    TokenBlock(attention: attention, feedForward: feedForward, norm: norm)
  }
}

// MARK: - Configurations

extension CLIPText {
  /// What holds where a text encoder's configuration is silent.
  struct Defaults: Sendable {
    var vocabulary = 49408
    var features = 512
    var inner = 2048
    var heads = 8
    var context = 77
    var activation = "quick_gelu"
    var epsilon = 1e-5
  }

  init(
    _ c: Configuration, _ standard: Defaults, isCausal: Bool = true
  ) throws(ConfigurationError) {
    vocabulary = try c.size("vocab_size", default: standard.vocabulary)
    context = try c.size("max_position_embeddings", default: standard.context)
    features = try c.size("hidden_size", default: standard.features)
    depth = try c.depth("num_hidden_layers", default: 12)
    let heads = try c.size("num_attention_heads", default: standard.heads)
    guard features % heads == 0 else {
      throw .contradiction("\(c.path)\(features) features cannot be split into \(heads) heads")
    }
    norm = FeatureNormalization(
      kind: .layer(bias: true), features: features,
      epsilon: try c.number("layer_norm_eps", default: standard.epsilon))
    block = TokenBlock(
      attention: TokenAttention(
        features: features, heads: heads,
        dropout: try c.number("attention_dropout", default: 0), isCausal: isCausal),
      feedForward: PlainFeedForward(
        features: features,
        inner: try c.size("intermediate_size", default: standard.inner),
        activation: try c.text("hidden_act", default: standard.activation)),
      norm: norm)
  }

  var input: Architecture.Input { .tokens(sequence: context) }
}

extension CLIPVision {
  static func sizes(_ c: Configuration) throws(ConfigurationError) -> VisionSizes {
    try VisionSizes(c, .init(patch: 32, epsilon: 1e-5, activation: "quick_gelu"))
  }

  static func tower(
    _ c: Configuration, _ taps: [Int]
  ) throws(ConfigurationError) -> ImageTower {
    let sizes = try sizes(c)
    return ImageTower(
      layer: CLIPVision(sizes: sizes, result: .tokens(taps: taps)), features: sizes.features,
      images: sizes.images)
  }
}

/// CLIP, and each of its two encoders alone.
enum CLIP {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let (text, vision) = (try c.pairPart("text_config"), try c.pairPart("vision_config"))
    let sizes = try CLIPVision.sizes(vision)
    let name = try c.className(default: "CLIPModel")
    if name.hasSuffix("ForImageClassification") { return try imageClassifier(c, sizes) }
    if name.hasSuffix("VisionModel") || name.hasSuffix("VisionModelWithProjection") {
      return try self.vision(vision, name)
    }
    if name.hasSuffix("TextModel") || name.hasSuffix("TextModelWithProjection") {
      return try self.text(text, name)
    }
    let encoder = try CLIPText(text, .init())
    let shared = try c.size("projection_dim", default: 512)
    return Blueprint(
      network: ImageTextPair(
        text: encoder, image: CLIPVision(sizes: sizes), images: sizes.images,
        textProjection: .init("text_projection", encoder.features, shared),
        imageProjection: .init("visual_projection", sizes.features, shared)),
      input: encoder.input)
  }

  static func text(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try text(c, try c.className(default: "CLIPTextModel"))
  }

  static func vision(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try vision(c, try c.className(default: "CLIPVisionModel"))
  }

  private static func text(
    _ c: Configuration, _ name: String
  ) throws(ConfigurationError) -> Blueprint {
    let encoder = try CLIPText(c, .init())
    guard name.hasSuffix("WithProjection") else {
      return Blueprint(network: encoder, input: encoder.input)
    }
    let shared = try c.size("projection_dim", default: 512)
    let projected = Sequential {
      encoder.named("text_model")
      Linear(encoder.features, shared, bias: false).named("text_projection")
    }
    return Blueprint(network: projected, input: encoder.input)
  }

  private static func vision(
    _ c: Configuration, _ name: String
  ) throws(ConfigurationError) -> Blueprint {
    let sizes = try CLIPVision.sizes(c)
    let encoder = CLIPVision(sizes: sizes)
    if name.hasSuffix("ForImageClassification") {
      return try imageClassifier(c, sizes)
    }
    guard name.hasSuffix("WithProjection") else {
      return Blueprint(network: encoder, input: sizes.images.input)
    }
    let shared = try c.size("projection_dim", default: 512)
    let projected = Sequential {
      encoder.named("vision_model")
      Linear(sizes.features, shared, bias: false).named("visual_projection")
    }
    return Blueprint(network: projected, input: sizes.images.input)
  }

  private static func imageClassifier(
    _ c: Configuration, _ sizes: VisionSizes
  ) throws(ConfigurationError) -> Blueprint {
    let labels = try c.labelCount
    let classifier = Sequential {
      CLIPVision(sizes: sizes, result: .mean).named("vision_model")
      Linear(sizes.features, labels).named("classifier")
    }
    return Blueprint(network: classifier, input: sizes.images.input)
  }
}
