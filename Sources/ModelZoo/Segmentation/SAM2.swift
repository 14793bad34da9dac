// "SAM 2: Segment Anything in Images and Videos", Ravi et al., 2024. <https://arxiv.org/abs/2408.00714>

import ModelGraph

/// The second Segment Anything for single images: maps at several scales, prompts, masks.
struct SAM2: Layer {
  var vision: SAM2Vision
  var prompt: SAM.Prompt
  var decoder: SAMMaskDecoder

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let features = decoder.features
    _ = graph.scoped("shared_image_embedding") { waves(in: &$0) }
    let maps = graph.scoped("vision_encoder") { vision.maps(of: x, in: &$0) }
    let coarse = maps.last ?? x
    let forgotten = graph.view(
      graph.parameter("no_memory_embedding", [1, 1, features]), [1, features, 1, 1])
    let seen = graph.add(coarse, forgotten)
    let grid = Extent(seen.size(2), seen.size(3))
    let places = graph.opaque(
      "PlacesByWaves", [],
      gives: [TensorType(graph.floatingType, [1, grid.height * grid.width, features])])[0]
    let (tokens, dense) = graph.scoped("prompt_encoder") { prompts(seen, in: &$0) }
    let image = graph.tokens(of: graph.add(seen, dense))
    return graph.scoped("mask_decoder") { graph in
      let finer = finer(maps, in: &graph)
      return decoder(
        image, places: places, prompts: tokens, grid: grid, finer: finer, in: &graph)
    }
  }

  private func waves(in graph: inout GraphBuilder) -> Variable {
    graph.state("positional_embedding", .float32, [2, max(1, prompt.features / 2)])
  }

  /// The finer maps, with as few features as those they are added to.
  private func finer(_ maps: [Variable], in graph: inout GraphBuilder) -> [Variable] {
    let features = decoder.features
    let widths = [max(1, features / 8), max(1, features / 4)]
    return widths.enumerated().map { index, width in
      Conv2d(features, width, kernel: 1).named("conv_s\(index)")(
        maps[min(index, maps.count - 1)], in: &graph)
    }
  }

  private func prompts(
    _ seen: Variable, in graph: inout GraphBuilder
  ) -> (tokens: Variable, dense: Variable) {
    let grid = graph.scoped("shared_embedding") { waves(in: &$0) }
    let nowhere = graph.parameter("not_a_point_embed.weight", [1, prompt.features])
    let kinds = graph.parameter("point_embed.weight", [prompt.points, prompt.features])
    let tokens = graph.opaque(
      "PointsAsTokens", [grid, nowhere, kinds],
      gives: [TensorType(graph.floatingType, [seen.size(0), 2, prompt.features])],
      layer: .embedding)[0]
    graph.parametersOnly { graph in
      let mask = graph.input("input_masks", TensorType(.float32, [1, 1, 16, 16]))
      return prompt.maskEmbedding.named("mask_embed")(mask, in: &graph)
    }
    let none = graph.parameter("no_mask_embed.weight", [1, prompt.features])
    let column = graph.view(none, [1, prompt.features, 1, 1], layer: .embedding)
    return (tokens, graph.expand(column, to: seen.shape))
  }
}

extension SAM2 {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(try c.className(default: "Sam2Model"), endingIn: ["Sam2Model"])
    let vision = try SAM2Vision(try c.part("vision_config"))
    let model = SAM2(
      vision: vision, prompt: try SAM.Prompt(try c.part("prompt_encoder_config")),
      decoder: try SAMMaskDecoder(try c.part("mask_decoder_config"), .second))
    guard model.prompt.features == vision.features, vision.features == model.decoder.features else {
      throw .contradiction(
        "the encoder gives \(vision.features) features, prompts have \(model.prompt.features) and "
          + "the decoder reads \(model.decoder.features)")
    }
    guard vision.levels == 3 else {
      throw .contradiction(
        "vision_config.num_feature_levels is \(vision.levels), but masks are made from 3 maps")
    }
    return Blueprint(network: model, input: vision.trunk.input)
  }
}
