// "Segment Anything", Kirillov et al., 2023. <https://arxiv.org/abs/2304.02643>

import ModelGraph

/// An encoder of images, prompts as tokens, and a decoder that makes masks of both.
///
/// One point and one token that stands for no point are shown to the decoder.
struct SAM: Layer {
  var vision: SAMVision
  var prompt: Prompt
  var decoder: SAMMaskDecoder

  /// The numbers of a place in an image, half of the features of a place.
  var placeFeatures: Int
  var isTied: Bool

  struct Prompt: Sendable {
    var features: Int
    var maskChannels: Int
    var points: Int
    var activation: String
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let shared = graph.scoped("shared_image_embedding") {
      $0.parameter("positional_embedding", [2, placeFeatures])
    }
    let seen = graph.scoped("vision_encoder") { vision(x, in: &$0) }
    let grid = vision.sizes.images.grid
    let places = graph.opaque(
      "PlacesByWaves", [shared],
      gives: [
        TensorType(graph.floatingType, [1, grid.height * grid.width, decoder.features])
      ], layer: .linear)[0]
    let (tokens, dense) = graph.scoped("prompt_encoder") { prompts(shared, seen, in: &$0) }
    let image = graph.tokens(of: graph.add(seen, dense))
    return graph.scoped("mask_decoder") { graph in
      decoder(image, places: places, prompts: tokens, grid: grid, in: &graph)
    }
  }

  /// The points as tokens, and what is added to the image where there is no mask.
  private func prompts(
    _ shared: Variable, _ seen: Variable, in graph: inout GraphBuilder
  ) -> (tokens: Variable, dense: Variable) {
    let places = graph.scoped("shared_embedding") { graph in
      if isTied { graph.tie("positional_embedding", to: shared) }
      let waves =
        isTied ? shared : graph.parameter("positional_embedding", [2, placeFeatures])
      return graph.opaque(
        "PlacesByWaves", [waves],
        gives: [TensorType(graph.floatingType, [seen.size(0), 2, prompt.features])],
        layer: .linear)[0]
    }
    let tables = ["not_a_point_embed"] + (0..<prompt.points).map { "point_embed.\($0)" }
    let vectors = tables.map { graph.parameter("\($0).weight", [1, prompt.features]) }
    let tokens = graph.opaque(
      "PointsAsTokens", [places] + vectors,
      gives: [TensorType(graph.floatingType, [seen.size(0), 2, prompt.features])],
      layer: .embedding)[0]
    let none = graph.parameter("no_mask_embed.weight", [1, prompt.features])
    graph.parametersOnly { graph in
      let mask = graph.input("input_masks", TensorType(.float32, [1, 1, 16, 16]))
      return prompt.maskEmbedding.named("mask_embed")(mask, in: &graph)
    }
    let column = graph.view(none, [1, prompt.features, 1, 1], layer: .embedding)
    let dense = graph.expand(column, to: seen.shape)
    return (tokens, dense)
  }
}

extension SAM.Prompt {
  /// A mask as features of places, where there is one.
  var maskEmbedding: Sequential {
    let narrow = max(1, maskChannels / 4)
    return Sequential {
      Conv2d(1, narrow, kernel: 2, stride: 2).named("conv1")
      LayerNorm2d(narrow).named("layer_norm1")
      NamedActivation(name: activation)
      Conv2d(narrow, maskChannels, kernel: 2, stride: 2).named("conv2")
      LayerNorm2d(4 * narrow).named("layer_norm2")
      NamedActivation(name: activation)
      Conv2d(maskChannels, features, kernel: 1).named("conv3")
    }
  }

  init(_ c: Configuration) throws(ConfigurationError) {
    features = try c.size("hidden_size", default: 256)
    maskChannels = try c.size("mask_input_channels", default: 16)
    points = try c.size("num_point_embeddings", default: 4, in: 1...1024)
    activation = try c.text("hidden_act", default: "gelu")
  }
}

extension SAM {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let part = try c.part("vision_config")
    let vision = try SAMVision(part)
    let prompt = try c.part("prompt_encoder_config")
    try c.requireClass(try c.className(default: "SamModel"), endingIn: ["SamModel"])
    let decoder = try SAMMaskDecoder(try c.part("mask_decoder_config"))
    let model = SAM(
      vision: vision,
      prompt: try Prompt(prompt),
      decoder: decoder, placeFeatures: try part.size("num_pos_feats", default: 128),
      isTied: try c.flag("tie_word_embeddings", default: true))
    guard model.prompt.features == vision.outputs, vision.outputs == decoder.features else {
      throw .contradiction(
        "the encoder gives \(vision.outputs) features, prompts have \(model.prompt.features) and "
          + "the decoder reads \(decoder.features)")
    }
    return Blueprint(network: model, input: vision.sizes.images.input)
  }
}
