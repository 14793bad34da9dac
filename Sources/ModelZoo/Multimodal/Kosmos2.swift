// "Kosmos-2: Grounding Multimodal Large Language Models to the World", Peng et al., 2023.
// <https://arxiv.org/abs/2306.14824>

import ModelGraph

/// CLIP's encoder of images, queries that gather from it, and a decoder normalized twice a branch.
enum Kosmos2 {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(
      try c.className(default: "Kosmos2ForConditionalGeneration"),
      endingIn: ["ForConditionalGeneration", "Kosmos2Model"])
    let vision = try VisionSizes(
      try c.part("vision_config"),
      .init(
        patch: 14, features: 1024, inner: 4096, depth: 24, heads: 16, epsilon: 1e-5,
        activation: "quick_gelu"))
    let part = try c.part("text_config")
    var language = try text(part)
    language.decoder.head = try c.head()
    let asked = (
      whole: try c.flag("tie_word_embeddings", default: true),
      text: try part.flag("tie_word_embeddings", default: true)
    )
    language.decoder.isTied = asked.whole || asked.text
    language.decoder.bareStack = "text_model.model"
    language.decoder.names.stack = "text_model.model"
    language.decoder.names.head = "text_model.lm_head"
    let projector = Projection(
      seen: vision.features, features: language.decoder.features,
      heads: try part.size("attention_heads", "num_attention_heads", default: 32),
      queries: try c.size("latent_query_num", default: 64))
    return language.blueprint(
      ImageTextModel(
        tower: ImageTower(
          layer: CLIPVision(sizes: vision, result: .tokens(taps: [])), features: vision.features,
          images: vision.images),
        towerName: "vision_model.model", projector: projector.named("image_to_text_projection"),
        language: language.decoder, outerName: ""))
  }

  private static func text(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 65037, features: 2048, inner: 8192, depth: 24, heads: 32, context: 2048,
        epsilon: 1e-5, activation: "gelu", isTied: true))
    sizes.features = try c.size("embed_dim", "hidden_size", default: 2048)
    sizes.inner = try c.size("ffn_dim", default: 8192)
    sizes.depth = try c.depth("layers", "num_hidden_layers", default: 24)
    sizes.heads = try c.size("attention_heads", "num_attention_heads", default: 32)
    guard sizes.features % sizes.heads == 0 else {
      throw .contradiction("\(sizes.features) features cannot be split into \(sizes.heads) heads")
    }
    var stack = LlamaStack.fairseq(sizes)
    let norm = FeatureNormalization(
      kind: .layer(bias: true), features: sizes.features, epsilon: sizes.epsilon)
    stack.outputNorm = ("inner_attn_ln", norm)
    stack.dropout = try c.number("attention_dropout", default: 0.1)
    stack.residualDropout = try c.number("dropout", default: 0.1)
    stack.names.feedForward = "ffn"
    stack.feedForward = { [sizes] _ in Network(sizes: sizes) }
    let (features, rows) = (sizes.features, sizes.context + 2)
    stack.opening = { x, graph in
      let table = graph.state("embed_positions.weights", .float32, [rows, features])
      let places = graph.rows(of: table, at: graph.positions(count: x.size(1)))
      return graph.add(x, graph.cast(places, to: x.type.dataType))
    }
    return stack.blueprint(attendsElsewhere: try c.flag("add_cross_attention", default: false))
  }

  /// A plain network, normalized before its map down.
  private struct Network: Layer {
    var sizes: DecoderSizes

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      Sequential {
        Linear(sizes.features, sizes.inner).named("fc1")
        NamedActivation(name: sizes.activation)
        LayerNorm(sizes.inner, epsilon: sizes.epsilon).named("ffn_layernorm")
        Linear(sizes.inner, sizes.features).named("fc2")
      }(x, in: &graph)
    }
  }

  /// Learned queries that gather from what was seen.
  private struct Projection: Layer {
    var seen: Int
    var features: Int
    var heads: Int
    var queries: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let tokens = Linear(seen, features).named("dense")(x, in: &graph)
      let latent = graph.parameter("latent_query", [queries, features])
      let wanted = graph.expand(
        graph.view(latent, [1, queries, features]), to: [x.size(0), queries, features])
      let memory = graph.concatenate([tokens, wanted], axis: 1)
      return graph.scoped("x_attn") { graph in
        TokenAttention(features: features, heads: heads)(wanted, memory: memory, in: &graph)
      }
    }
  }
}
