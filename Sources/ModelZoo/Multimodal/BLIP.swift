// "BLIP", Li et al., 2022. <https://arxiv.org/abs/2201.12086>

import ModelGraph

/// The encoder of images that BLIP and BLIP-2 share, with one map to queries, keys and values.
struct BLIPVision: Layer {
  var sizes: VisionSizes
  var qkvBias = true

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let features = sizes.features
    let embedding = PatchEmbedding(
      sizes: sizes.images, features: features, projection: "patch_embedding",
      tokens: [.one("class_embedding", features)], places: .tensor(name: "position_embedding"))
    var attention = sizes.attention
    attention.packed = "qkv"
    attention.biases.query = qkvBias
    attention.names.output = "projection"
    let block = TokenBlock(
      attention: attention, feedForward: sizes.feedForward, norm: sizes.norm)
    let embedded = embedding.named("embeddings")(x, in: &graph)
    let tokens = TokenStack(depth: sizes.depth, name: "encoder.layers") { _ in block }(
      embedded, in: &graph)
    return sizes.norm.named("post_layernorm")(tokens, in: &graph)
  }
}

/// A BERT whose layers may also look at an image.
struct BLIPText {
  var vocabulary: Int
  var context: Int
  var depth: Int
  var block: ReadingBlock

  /// The hidden states of every token.
  func callAsFunction(
    _ x: Variable, memory: Variable?, in graph: inout GraphBuilder
  ) -> Variable {
    var tokens = graph.scoped("embeddings") { embed(x, in: &$0) }
    for index in 0..<depth {
      let input = tokens
      tokens = graph.scoped("encoder.layer.\(index)") { block(input, memory: memory, in: &$0) }
    }
    return tokens
  }

  private func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.require(
      x.size(1) <= context, "positions are learned up to \(context), not \(x.size(1))")
    let numbers = graph.state("position_ids", .int64, [1, context])
    let used = graph.narrow(numbers, axis: 1, from: 0, to: x.size(1))
    let words = Embedding(vocabulary, block.features).named("word_embeddings")(x, in: &graph)
    let places = Embedding(context, block.features).named("position_embeddings")(
      used, in: &graph)
    return Sequential {
      LayerNorm(block.features, epsilon: block.epsilon).named("LayerNorm")
      Dropout(block.dropout)
    }(graph.add(words, places), in: &graph)
  }

  /// Scores of every word, from the embedding's own weight if they are tied.
  func predict(
    _ x: Variable, table: String, isTied: Bool, in graph: inout GraphBuilder
  ) -> Variable {
    let features = block.features
    let transformed = Sequential {
      Linear(features, features).named("dense")
      NamedActivation(name: block.activation)
      LayerNorm(features, epsilon: block.epsilon).named("LayerNorm")
    }.named("transform")(x, in: &graph)
    let bias = graph.parameter("bias", [vocabulary])
    guard isTied else {
      return Linear(features, vocabulary).named("decoder")(transformed, in: &graph)
    }
    let weight = graph.parameter(path: table, [vocabulary, features])
    return graph.scoped("decoder") { graph in
      graph.tie("weight", to: weight)
      graph.tie("bias", to: bias)
      return graph.call("Linear", transformed, weight, bias)
    }
  }

  init(_ c: Configuration, memory: Int) throws(ConfigurationError) {
    vocabulary = try c.size("vocab_size", default: 30524)
    context = try c.size("max_position_embeddings", default: 512)
    depth = try c.depth("num_hidden_layers", default: 12)
    block = try ReadingBlock(c, heads: 8, dropout: 0)
    if try c.flag("is_decoder", default: true) { block.memoryFeatures = memory }
  }
}

/// Tells what an image shows, answers questions about it, or compares it with a text.
struct BLIP: Layer {
  var vision: BLIPVision
  var text: BLIPText
  var isTied: Bool
  var task: Task

  enum Task: Hashable, Sendable {
    case caption, answer
    case match(features: Int)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let pixels = graph.input("pixel_values", vision.sizes.images.type(batch: x.size(0)))
    let seen = vision.named("vision_model")(pixels, in: &graph)
    switch task {
    case .caption: return decode(x, memory: seen, in: &graph)
    case .answer:
      let question = graph.scoped("text_encoder") { text(x, memory: seen, in: &$0) }
      return decode(x, memory: question, in: &graph)
    case .match(let features): return match(x, seen, features, in: &graph)
    }
  }

  private func decode(
    _ x: Variable, memory: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    var text = text
    text.block.isCausal = true
    return graph.scoped("text_decoder") { graph in
      let hidden = graph.scoped("bert") { text(x, memory: memory, in: &$0) }
      return graph.scoped("cls.predictions") { graph in
        text.predict(
          hidden, table: "text_decoder.bert.embeddings.word_embeddings.weight", isTied: isTied,
          in: &graph)
      }
    }
  }

  private func match(
    _ x: Variable, _ seen: Variable, _ features: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let read = graph.scoped("text_encoder") { text(x, memory: seen, in: &$0) }
    graph.parametersOnly { graph in
      _ = Linear(vision.sizes.features, features).named("vision_proj")(seen, in: &graph)
      return Linear(text.block.features, features).named("text_proj")(read, in: &graph)
    }
    return Linear(text.block.features, 2).named("itm_head")(
      graph.select(read, axis: 1, index: 0), in: &graph)
  }
}

// MARK: - Configurations

extension BLIPVision {
  init(_ c: Configuration, _ standard: VisionSizes.Defaults) throws(ConfigurationError) {
    sizes = try VisionSizes(c, standard)
    sizes.images.channels = 3
  }

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let vision = try BLIPVision(c, BLIP.visionSizes)
    return Blueprint(network: vision, input: vision.sizes.images.input)
  }
}

extension BLIP {
  fileprivate static let visionSizes = VisionSizes.Defaults(image: 384, epsilon: 1e-5)

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let vision = try BLIPVision(try c.part("vision_config"), visionSizes)
    let part = try c.part("text_config")
    let text = try BLIPText(part, memory: vision.sizes.features)
    let input = Architecture.Input.tokens(sequence: min(text.context, 512))
    let name = try c.className(default: "BlipModel")
    if name.hasSuffix("BlipModel") {
      return Blueprint(network: try pair(c, vision, text), input: input)
    }
    let asked = (
      whole: try c.flag("tie_word_embeddings", default: true),
      text: try part.flag("tie_word_embeddings", default: true)
    )
    let isTied = asked.whole || asked.text
    let model = BLIP(vision: vision, text: text, isTied: isTied, task: try task(c, name))
    guard model.task != .answer || text.block.features == vision.sizes.features else {
      throw .contradiction(
        "answers need a text encoder of as many features as the encoder of images has")
    }
    return Blueprint(network: model, input: input)
  }

  private static func task(
    _ c: Configuration, _ name: String
  ) throws(ConfigurationError) -> Task {
    if name.hasSuffix("ForConditionalGeneration") { return .caption }
    if name.hasSuffix("ForQuestionAnswering") { return .answer }
    try c.requireClass(
      name,
      endingIn: [
        "BlipModel", "ForConditionalGeneration", "ForImageTextRetrieval", "ForQuestionAnswering",
      ])
    return .match(features: try c.size("image_text_hidden_size", default: 256))
  }

  private static func pair(
    _ c: Configuration, _ vision: BLIPVision, _ text: BLIPText
  ) throws(ConfigurationError) -> any Layer {
    let shared = try c.size("projection_dim", default: 512)
    let image = Sequential {
      vision
      FirstToken()
    }
    return ImageTextPair(
      text: PooledText(text: text), image: image,
      images: vision.sizes.images,
      textProjection: .init("text_projection", text.block.features, shared),
      imageProjection: .init("visual_projection", vision.sizes.features, shared))
  }

  /// A text's first token through a map and a hyperbolic tangent.
  struct PooledText: Layer {
    var text: BLIPText

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let features = text.block.features
      // Layers that could look at an image have the maps for it, and use none of them.
      if let memory = text.block.memoryFeatures {
        graph.parametersOnly { graph in
          let image = graph.input("image", TensorType(.float32, [1, 1, memory]))
          return text(x, memory: image, in: &graph)
        }
      }
      let tokens = text(x, memory: nil, in: &graph)
      let first = graph.select(tokens, axis: 1, index: 0)
      return Sequential {
        Linear(features, features).named("dense")
        Activation.tanh
      }.named("pooler")(first, in: &graph)
    }
  }
}
