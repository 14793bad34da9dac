// "An Image is Worth 16x16 Words", Dosovitskiy et al., 2020. <https://arxiv.org/abs/2010.11929>
// "Training data-efficient image transformers", Touvron et al., 2020. <https://arxiv.org/abs/2012.12877>
// "Masked Autoencoders Are Scalable Vision Learners", He et al., 2021. <https://arxiv.org/abs/2111.06377>

import ModelGraph

/// The vision transformer as transformers writes it.
struct ConfiguredViT: Layer {
  var sizes: VisionSizes
  var qkvBias = true

  /// The learned tokens before the patches.
  var tokens: [PatchEmbedding.Token]
  var hasMaskToken = false
  var task: Task

  /// The name of the encoder inside a model with a head.
  var name: String

  enum Task: Hashable, Sendable {
    /// The last hidden states, unpooled.
    case tokens
    case features(pooled: Int, activation: String)
    case classes(Int)

    /// Classes from the first token and again from the second; the result is the mean.
    case classesTwice(Int)

    /// The pixels of masked patches, by enlarging the map of patches.
    case pixels(stride: Int)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    if task == .tokens { return encode(x, in: &graph) }
    if case .features(let pooled, let activation) = task {
      let tokens = encode(x, in: &graph)
      return pool(tokens, pooled, activation, in: &graph)
    }
    let tokens = graph.scoped(name) { encode(x, in: &$0) }
    switch task {
    case .tokens, .features: return tokens
    case .classes(let count): return classify(tokens, 0, count, "classifier", in: &graph)
    case .classesTwice(let count):
      let first = classify(tokens, 0, count, "cls_classifier", in: &graph)
      let second = classify(tokens, 1, count, "distillation_classifier", in: &graph)
      return graph.scale(graph.add(first, second), by: 0.5)
    case .pixels(let stride): return pixels(tokens, stride, in: &graph)
    }
  }

  func block(_ sizes: VisionSizes) -> TokenBlock {
    var attention = sizes.attention
    attention.names = .short
    attention.biases = .init(query: qkvBias, key: qkvBias, value: qkvBias)
    return TokenBlock(
      attention: attention, feedForward: sizes.feedForward, norm: sizes.norm, names: .vit,
      dropout: sizes.dropout)
  }

  private var embedding: PatchEmbedding {
    PatchEmbedding(
      sizes: sizes.images, features: sizes.features, tokens: tokens,
      places: .tensor(name: "position_embeddings"),
      unused: hasMaskToken ? [.one("mask_token", sizes.features)] : [], dropout: sizes.dropout)
  }

  private func encode(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let block = block(sizes)
    return Sequential {
      embedding.named("embeddings")
      Repeat(sizes.depth) { _ in block }.named("layers")
      sizes.norm.named("layernorm")
    }(x, in: &graph)
  }

  private func pool(
    _ tokens: Variable, _ features: Int, _ activation: String, in graph: inout GraphBuilder
  ) -> Variable {
    let first = graph.select(tokens, axis: 1, index: 0)
    return Sequential {
      Linear(sizes.features, features).named("dense")
      NamedActivation(name: activation).named("activation")
    }.named("pooler")(first, in: &graph)
  }

  private func classify(
    _ tokens: Variable, _ index: Int, _ count: Int, _ name: String, in graph: inout GraphBuilder
  ) -> Variable {
    let token = graph.select(tokens, axis: 1, index: index)
    return Linear(sizes.features, count).named(name)(token, in: &graph)
  }

  private func pixels(
    _ x: Variable, _ stride: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let patches = graph.narrow(x, axis: 1, from: tokens.count, to: x.size(1))
    let map = graph.map(of: patches, sizes.images.grid)
    return Sequential {
      Conv2d(sizes.features, stride * stride * sizes.images.channels, kernel: 1).named("0")
      PixelShuffle(factor: stride).named("1")
    }.named("decoder")(map, in: &graph)
  }
}

/// Channels as pixels of an image that is larger by a factor.
struct PixelShuffle: Layer {
  var factor: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let channels = x.size(1) / (factor * factor)
    let split = graph.view(x, [x.size(0), channels, factor, factor, x.size(2), x.size(3)])
    let dense = graph.contiguous(graph.permute(split, [0, 1, 4, 2, 5, 3]))
    return graph.view(dense, [x.size(0), channels, x.size(2) * factor, x.size(3) * factor])
  }
}

extension ConfiguredViT {
  static func vit(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try VisionSizes(c, .init())
    return try blueprint(c, sizes, [.one("cls_token", sizes.features)], name: "vit")
  }

  /// A vision transformer that learned from masked images, without a pooler.
  ///
  /// Assran et al., "Masked Siamese Networks for Label-Efficient Learning", 2022.
  /// <https://arxiv.org/abs/2204.07141>
  static func siamese(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try VisionSizes(c, .init(epsilon: 1e-6))
    let name = try c.className(default: "ViTMSNModel")
    try c.requireClass(name, endingIn: ["ForImageClassification", "Model"])
    let model = ConfiguredViT(
      sizes: sizes, qkvBias: try c.flag("qkv_bias", default: true),
      tokens: [.one("cls_token", sizes.features)],
      task: name.hasSuffix("Model") ? .tokens : .classes(try c.labelCount), name: "vit")
    return Blueprint(network: model, input: sizes.images.input)
  }

  /// A vision transformer without a token of its own.
  ///
  /// "Self-Supervised Learning from Images with a Joint-Embedding Predictive Architecture", Assran et
  /// al., 2023. <https://arxiv.org/abs/2301.08243>
  static func jointEmbedding(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(
      try c.className(default: "IJepaModel"), endingIn: ["ForImageClassification", "Model"])
    let sizes = try VisionSizes(c, .init())
    let isClassifying = try c.className(default: "IJepaModel").hasSuffix("Classification")
    let model = ConfiguredViT(
      sizes: sizes, qkvBias: try c.flag("qkv_bias", default: true), tokens: [],
      task: isClassifying ? .classes(try c.labelCount) : .tokens, name: "ijepa")
    return Blueprint(network: model, input: sizes.images.input)
  }

  static func deit(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try VisionSizes(c, .init())
    let tokens = ["cls_token", "distillation_token"].map {
      PatchEmbedding.Token.one($0, sizes.features)
    }
    return try blueprint(c, sizes, tokens, name: "deit")
  }

  private static func blueprint(
    _ c: Configuration, _ sizes: VisionSizes, _ tokens: [PatchEmbedding.Token], name: String
  ) throws(ConfigurationError) -> Blueprint {
    var model = ConfiguredViT(
      sizes: sizes, tokens: tokens, task: try task(c, sizes), name: name)
    model.qkvBias = try c.flag("qkv_bias", default: true)
    if case .pixels = model.task { model.hasMaskToken = true }
    return Blueprint(network: model, input: sizes.images.input)
  }

  private static func task(
    _ c: Configuration, _ sizes: VisionSizes
  ) throws(ConfigurationError) -> Task {
    let name = try c.className(default: "ForImageClassification")
    if name.hasSuffix("WithTeacher") { return .classesTwice(try c.labelCount) }
    if name.hasSuffix("ForImageClassification") { return .classes(try c.labelCount) }
    if name.hasSuffix("ForMaskedImageModeling") {
      return .pixels(stride: try c.size("encoder_stride", default: 16, in: 1...1024))
    }
    try c.requireClass(
      name,
      endingIn: ["ForImageClassification", "WithTeacher", "ForMaskedImageModeling", "Model"])
    return .features(
      pooled: try c.size("pooler_output_size", default: sizes.features),
      activation: try c.text("pooler_act", default: "tanh"))
  }
}
