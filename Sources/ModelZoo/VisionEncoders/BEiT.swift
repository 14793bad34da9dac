// "BEiT: BERT Pre-Training of Image Transformers", Bao et al., 2021. <https://arxiv.org/abs/2106.08254>
// "data2vec", Baevski et al., 2022. <https://arxiv.org/abs/2202.03555>

import ModelGraph

/// A vision transformer whose attention knows how far apart two patches are.
struct BEiT: Layer {
  var sizes: VisionSizes
  var hasMaskToken: Bool
  var hasPlaces: Bool

  /// Where the numbers for each distance are: in every layer, once for all, or nowhere.
  var distances: Distances

  /// Whether a table for all blocks is there beside those of each block.
  var sharesDistancesToo = false
  var hasScale: Bool
  var poolsMean: Bool
  var dropPath: Double

  /// Whether modules have the names of the first BERT.
  var namesLikeBERT = false
  var isPooled = true

  enum Distances: Hashable, Sendable {
    case none, each, shared
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let tokens = encode(x, in: &graph)
    guard isPooled else { return tokens }
    guard poolsMean else { return graph.select(tokens, axis: 1, index: 0) }
    let patches = graph.narrow(tokens, axis: 1, from: 1, to: tokens.size(1))
    let mean = graph.apply(
      "ReduceMean", patches, attributes: ["axes": .integers([1]), "keepdims": .integer(0)])
    return sizes.norm.named("pooler.layernorm")(mean, in: &graph)
  }

  private func encode(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let states = states(of: x, in: &graph)
    let tokens = states.last ?? x
    return poolsMean ? tokens : sizes.norm.named("layernorm")(tokens, in: &graph)
  }

  /// The embeddings and the output of every block.
  func states(of x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    let embedded = embedding.named("embeddings")(x, in: &graph)
    let encoder = namesLikeBERT ? "encoder." : ""
    let stacks = namesLikeBERT ? "encoder.layer" : "layers"
    let shared =
      distances == .shared || sharesDistancesToo
      ? graph.scoped(namesLikeBERT ? "\(encoder)relative_position_bias" : "shared_position_bias") {
        bias(in: &$0)
      } : nil
    return TokenStack(depth: sizes.depth, name: stacks) { block($0, shared) }
      .run(embedded, in: &graph)
  }

  private var embedding: PatchEmbedding {
    PatchEmbedding(
      sizes: sizes.images, features: sizes.features, tokens: [.one("cls_token", sizes.features)],
      places: hasPlaces ? .tensor(name: "position_embeddings") : .none,
      unused: hasMaskToken ? [.one("mask_token", sizes.features)] : [], dropout: sizes.dropout)
  }

  private func block(_ index: Int, _ shared: Variable?) -> TokenBlock {
    var attention = sizes.attention
    attention.names = namesLikeBERT ? .bert : .short
    attention.biases.key = false
    let name = namesLikeBERT ? "attention.relative_position_bias" : "relative_position_bias"
    if let shared, distances == .shared {
      attention.scoreBias = { _ in shared }
    } else if distances == .each, namesLikeBERT {
      attention.scoreBias = { graph in graph.scoped(name) { bias(in: &$0) } }
    } else if distances == .each {
      return biasedBlock(index, attention)
    }
    return block(index, attention)
  }

  private func block(_ index: Int, _ attention: any Layer) -> TokenBlock {
    let feedForward: any Layer =
      namesLikeBERT
      ? BERTFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation)
      : sizes.feedForward
    var block = TokenBlock(
      attention: attention, feedForward: feedForward, norm: sizes.norm, names: .vit,
      dropout: sizes.dropout)
    if namesLikeBERT { block.names.feedForward = "" }
    if hasScale { block.scaling = .init(first: "lambda_1", second: "lambda_2") }
    block.dropPath = dropPath * Double(index) / Double(max(1, sizes.depth - 1))
    return block
  }

  /// A block whose numbers for each distance lie beside the attention, not in it.
  private func biasedBlock(_ index: Int, _ attention: TokenAttention) -> TokenBlock {
    var block = block(
      index,
      BiasedAttention(attention: attention) { graph in
        graph.scoped("relative_position_bias") { bias(in: &$0) }
      })
    block.names.attention = ""
    return block
  }

  /// What is added to the score of each pair of tokens, `[1, heads, length, length]`.
  private func bias(in graph: inout GraphBuilder) -> Variable {
    let grid = sizes.images.grid
    let rows = (2 * grid.height - 1) * (2 * grid.width - 1) + 3
    let table = graph.parameter("relative_position_bias_table", [rows, sizes.heads])
    let length = sizes.images.patches + 1
    return graph.opaque(
      "BiasOfDistances", [table],
      gives: [TensorType(table.type.dataType, [1, sizes.heads, length, length])])[0]
  }
}

/// Attention, named `attention`, with a bias of scores that is made beside it.
struct BiasedAttention: Layer {
  var attention: TokenAttention
  var bias: @Sendable (inout GraphBuilder) -> Variable

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let made = bias(&graph)
    var biased = attention
    biased.scoreBias = { _ in made }
    return biased.named("attention")(x, in: &graph)
  }
}

// MARK: - Configurations

extension BEiT {
  private init(_ c: Configuration) throws(ConfigurationError) {
    sizes = try VisionSizes(c, .init())
    hasMaskToken = try c.flag("use_mask_token", default: false)
    hasPlaces = try c.flag("use_absolute_position_embeddings", default: false)
    let isEach = try c.flag("use_relative_position_bias", default: false)
    let isShared = try c.flag("use_shared_relative_position_bias", default: false)
    distances = isEach ? .each : isShared ? .shared : .none
    sharesDistancesToo = isEach && isShared
    hasScale = try c.number("layer_scale_init_value", default: 0.1) > 0
    poolsMean = try c.flag("use_mean_pooling", default: true)
    dropPath = try c.number("drop_path_rate", default: 0.1)
  }

  static func beit(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try blueprint(c, try BEiT(c), name: "beit")
  }

  static func data2vec(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var model = try BEiT(c)
    model.namesLikeBERT = true
    return try blueprint(c, model, name: "data2vec_vision")
  }

  private static func blueprint(
    _ c: Configuration, _ standard: BEiT, name: String
  ) throws(ConfigurationError) -> Blueprint {
    var model = standard
    let task = try c.className(default: "ForImageClassification")
    if task.hasSuffix("ForImageClassification") {
      let labels = try c.labelCount
      return Blueprint(
        network: Sequential {
          model.named(name)
          Linear(model.sizes.features, labels).named("classifier")
        }, input: model.sizes.images.input)
    }
    if task.hasSuffix("ForSemanticSegmentation") {
      return Blueprint(
        network: try BEiTSegmentation(c, model, name: name), input: model.sizes.images.input)
    }
    guard task.hasSuffix("ForMaskedImageModeling") else {
      try c.requireClass(
        task,
        endingIn: [
          "ForImageClassification", "ForMaskedImageModeling", "ForSemanticSegmentation", "Model",
        ])
      // data2vec's encoder alone has no pooling.
      model.isPooled = !model.namesLikeBERT
      return Blueprint(network: model, input: model.sizes.images.input)
    }
    model.isPooled = false
    let words = try c.size("vocab_size", default: 8192)
    return Blueprint(
      network: Sequential {
        model.named(name)
        model.sizes.norm.named("layernorm")
        AfterFirstToken()
        Linear(model.sizes.features, words).named("lm_head")
      }, input: model.sizes.images.input)
  }
}
