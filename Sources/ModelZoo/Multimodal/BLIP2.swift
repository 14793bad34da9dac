// "BLIP-2", Li et al., 2023. <https://arxiv.org/abs/2301.12597>

import ModelGraph

/// Learned queries that gather from an image what a language model then reads.
struct QueryFormer: Layer {
  var queries: Int
  var depth: Int

  /// Every so many layers one looks at the image.
  var period: Int
  var block: ReadingBlock

  /// The tables of a text that tells the queries what to gather; `nil` if there is none.
  var text: TextTables?

  /// Words and places, before the first block.
  struct TextTables: Hashable, Sendable {
    var vocabulary: Int
    var context: Int

    func declare(_ features: Int, in graph: inout GraphBuilder) {
      _ = graph.state("position_ids", .int64, [1, context])
      _ = graph.table(graph.parameter("word_embeddings.weight", [vocabulary, features]))
      _ = graph.table(graph.parameter("position_embeddings.weight", [context, features]))
    }
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let learned = graph.parameter("query_tokens", [1, queries, block.features])
    let all = graph.expand(learned, to: [x.size(0), queries, block.features])
    return graph.scoped("qformer") { read(all, memory: x, in: &$0) }
  }

  private func read(
    _ x: Variable, memory: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let norm = Sequential {
      LayerNorm(block.features, epsilon: block.epsilon).named("layernorm")
      Dropout(block.dropout)
    }
    var tokens = graph.scoped(text == nil ? "" : "embeddings") { graph in
      text?.declare(block.features, in: &graph)
      return norm(x, in: &graph)
    }
    for index in 0..<depth {
      let (input, looks) = (tokens, index % period == 0)
      tokens = graph.scoped("encoder.layer.\(index)") { graph in
        block(input, memory: looks ? memory : nil, in: &graph)
      }
    }
    return tokens
  }

  init(_ c: Configuration, queries: Int, memory: Int) throws(ConfigurationError) {
    self.queries = queries
    depth = try c.depth("num_hidden_layers", default: 12)
    period = try c.size("cross_attention_frequency", default: 2)
    block = try ReadingBlock(c, heads: 12, dropout: 0.1)
    block.attention = "attention"
    block.memoryFeatures = memory
    block.networks = .init(
      up: "intermediate_query", down: "output_query",
      hasTwin: try c.flag("use_qformer_text_input", default: false))
  }
}

extension QueryFormer.TextTables {
  init(_ c: Configuration) throws(ConfigurationError) {
    vocabulary = try c.size("vocab_size", default: 30522)
    context = try c.size("max_position_embeddings", default: 512)
  }
}

/// BLIP's encoder of images, queries that gather from it, and a language model.
enum BLIP2 {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "Blip2ForConditionalGeneration")
    try c.requireClass(
      name,
      endingIn: [
        "Blip2ForConditionalGeneration", "Blip2Model", "ForImageTextRetrieval",
        "TextModelWithProjection", "VisionModelWithProjection",
      ])
    let vision = try vision(c)
    let former = try QueryFormer(
      try c.part("qformer_config"), queries: try c.size("num_query_tokens", default: 32),
      memory: vision.sizes.features)
    if name.hasSuffix("WithProjection") || name.hasSuffix("Retrieval") {
      return try compared(c, name, vision, former)
    }
    return try answering(c, vision, former, hasHead: true)
  }

  static func vision(_ c: Configuration) throws(ConfigurationError) -> BLIPVision {
    let part = try c.part("vision_config")
    var vision = try BLIPVision(
      part,
      .init(patch: 14, features: 1408, inner: 6144, depth: 39, heads: 16, epsilon: 1e-6))
    vision.qkvBias = try part.flag("qkv_bias", default: true)
    return vision
  }

  /// The language model that reads what the queries gathered: a decoder, or an encoder with one.
  static func answering(
    _ c: Configuration, _ vision: BLIPVision, _ former: QueryFormer, hasHead: Bool
  ) throws(ConfigurationError) -> Blueprint {
    let part = try c.part("text_config")
    let tower = ImageTower(
      layer: vision, features: vision.sizes.features, images: vision.sizes.images)
    guard try part.text("model_type", default: "opt") == "t5" else {
      var language = try part.decoder(default: "opt")
      language.decoder.head = hasHead ? .nextToken : .none
      let stack = language.decoder.bareStack
      language.decoder.bareStack = stack.isEmpty ? "language_model" : "language_model.\(stack)"
      language.decoder.names.stack = "language_model.\(language.decoder.names.stack)"
      language.decoder.names.head = "language_model.\(language.decoder.names.head)"
      let projector = Sequential {
        former
        Linear(former.block.features, language.decoder.features).named("language_projection")
      }
      return language.blueprint(
        ImageTextModel(
          tower: tower, towerName: "vision_model", projector: projector,
          language: language.decoder, outerName: ""))
    }
    var blueprint = try T5.first(part)
    let features = try T5Sizes(part, T5Sizes()).features
    blueprint.network = ReadByT5(
      tower: tower, former: former, features: features, language: blueprint.network)
    return blueprint
  }

  /// What an image shows is put before the words that T5 reads.
  private struct ReadByT5: Layer {
    var tower: ImageTower
    var former: QueryFormer
    var features: Int
    var language: any Layer

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let pixels = graph.input("pixel_values", tower.type(batch: x.size(0)))
      let seen = graph.scoped("vision_model") { tower.layer(pixels, in: &$0) }
      let gathered = former(seen, in: &graph)
      graph.output(
        Linear(former.block.features, features).named("language_projection")(gathered, in: &graph))
      return graph.scoped("language_model") { language(x, in: &$0) }
    }
  }

  // MARK: Texts and images compared

  private static func compared(
    _ c: Configuration, _ name: String, _ vision: BLIPVision, _ former: QueryFormer
  ) throws(ConfigurationError) -> Blueprint {
    let isText = name.hasSuffix("TextModelWithProjection")
    let model = Comparison(
      vision: isText ? nil : vision, former: former,
      text: name.hasSuffix("VisionModelWithProjection")
        ? nil : try QueryFormer.TextTables(try c.part("qformer_config")),
      shared: try c.size("image_text_hidden_size", default: 256))
    return Blueprint(network: model, input: vision.sizes.images.input)
  }

  /// Queries that gather from an image, and texts that go the same way.
  private struct Comparison: Layer {
    var vision: BLIPVision?
    var former: QueryFormer
    var text: QueryFormer.TextTables?
    var shared: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let features = former.block.features
      let width = former.block.memoryFeatures ?? features
      let seen =
        vision?.named("vision_model")(x, in: &graph)
        ?? graph.input("image_embeds", TensorType(graph.floatingType, [x.size(0), 1, width]))
      if let text { graph.scoped("embeddings") { text.declare(features, in: &$0) } }
      let gathered = former(seen, in: &graph)
      var result = gathered
      if vision != nil {
        result = Linear(features, shared).named("vision_projection")(gathered, in: &graph)
      }
      if text != nil {
        let told = Linear(features, shared).named("text_projection")(gathered, in: &graph)
        result = vision == nil ? told : result
      }
      guard vision != nil, text != nil else { return result }
      graph.output(result)
      return Linear(features, 2).named("itm_head")(gathered, in: &graph)
    }
  }
}
