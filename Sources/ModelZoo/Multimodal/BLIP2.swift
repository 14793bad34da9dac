// "BLIP-2", Li et al., 2023. <https://arxiv.org/abs/2301.12597>

import ModelGraph

/// Learned queries that gather from an image what a language model then reads.
struct QueryFormer: Layer {
  var queries: Int
  var depth: Int

  /// Every so many layers one looks at the image.
  var period: Int
  var block: ReadingBlock

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let learned = graph.parameter("query_tokens", [1, queries, block.features])
    let all = graph.expand(learned, to: [x.size(0), queries, block.features])
    return graph.scoped("qformer") { read(all, memory: x, in: &$0) }
  }

  private func read(
    _ x: Variable, memory: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    var tokens = Sequential {
      LayerNorm(block.features, epsilon: block.epsilon).named("layernorm")
      Dropout(block.dropout)
    }(x, in: &graph)
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

/// BLIP's encoder of images, queries that gather from it, and a language model.
enum BLIP2 {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(
      try c.className(default: "Blip2ForConditionalGeneration"),
      endingIn: ["Blip2ForConditionalGeneration", "Blip2Model"])
    let part = try c.part("vision_config")
    var vision = try BLIPVision(
      part,
      .init(patch: 14, features: 1408, inner: 6144, depth: 39, heads: 16, epsilon: 1e-6))
    vision.qkvBias = try part.flag("qkv_bias", default: true)
    let former = try QueryFormer(
      try c.part("qformer_config"), queries: try c.size("num_query_tokens", default: 32),
      memory: vision.sizes.features)
    var language = try c.part("text_config").decoder(default: "opt")
    language.decoder.head = .nextToken
    language.decoder.names.stack = "language_model.\(language.decoder.names.stack)"
    language.decoder.names.head = "language_model.\(language.decoder.names.head)"
    let projector = Sequential {
      former
      Linear(former.block.features, language.decoder.features).named("language_projection")
    }
    let model = ImageTextModel(
      tower: ImageTower(
        layer: vision, features: vision.sizes.features, images: vision.sizes.images),
      towerName: "vision_model", projector: projector, language: language.decoder, outerName: "")
    return language.blueprint(model)
  }
}
