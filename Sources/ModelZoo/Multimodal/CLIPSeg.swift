// "Image Segmentation Using Text and Image Prompts", Lüddecke and Ecker, 2022.
// <https://arxiv.org/abs/2112.10003>

import ModelGraph

/// CLIP, and a decoder that finds in an image what a text tells.
struct CLIPSeg: Layer {
  var text: CLIPText
  var vision: VisionSizes
  var shared: Int
  var taps: Int
  var features: Int
  var heads: Int
  var inner: Int
  var hasWideDecoder: Bool

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "CLIPSegForImageSegmentation")
    guard name.hasSuffix("ForImageSegmentation") else { return try CLIP.model(c) }
    let text = try CLIPText(try c.pairPart("text_config"), .init())
    let model = CLIPSeg(
      text: text, vision: try CLIPVision.sizes(try c.pairPart("vision_config")),
      shared: try c.size("projection_dim", default: 512),
      taps: try c.sizes("extract_layers")?.count ?? 3,
      features: try c.size("reduce_dim", default: 64),
      heads: try c.size("decoder_num_attention_heads", default: 4),
      inner: try c.size("decoder_intermediate_size", default: 2048),
      hasWideDecoder: try c.flag("use_complex_transposed_convolution", default: false))
    guard model.features % model.heads == 0 else {
      throw .contradiction(
        "\(model.features) features cannot be split into \(model.heads) heads")
    }
    return Blueprint(network: model, input: text.input)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let pixels = graph.input("pixel_values", vision.images.type(batch: x.size(0)))
    let (tokens, condition) = graph.scoped("clip") { graph in
      let image = CLIPVision(sizes: vision, result: .tokens(taps: [])).named("vision_model")
      let tokens = image(pixels, in: &graph)
      let read = text.named("text_model")(x, in: &graph)
      let told = Linear(text.features, shared, bias: false).named("text_projection")(
        read, in: &graph)
      // Nothing reads what the whole image is mapped to, though it runs.
      _ = Linear(vision.features, shared, bias: false).named("visual_projection")(
        FirstToken()(tokens, in: &graph), in: &graph)
      _ = graph.parameter("logit_scale", [])
      return (tokens, told)
    }
    return graph.scoped("decoder") { decode(tokens, condition, in: &$0) }
  }

  private func decode(
    _ tokens: Variable, _ condition: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let row = graph.view(condition, [condition.size(0), 1, shared])
    let factor = Linear(shared, features).named("film_mul")(row, in: &graph)
    let offset = Linear(shared, features).named("film_add")(row, in: &graph)
    var hidden: Variable?
    for index in 0..<taps {
      let narrow = Linear(vision.features, features).named("reduces.\(index)")(tokens, in: &graph)
      var y = hidden.map { graph.add(narrow, $0) } ?? narrow
      if index == 0 { y = graph.add(graph.multiply(factor, y), offset) }
      hidden = block.named("layers.\(index)")(y, in: &graph)
    }
    let seen = hidden ?? tokens
    let patches = graph.narrow(seen, axis: 1, from: 1, to: seen.size(1))
    return enlarge(graph.map(of: patches, vision.images.grid), in: &graph)
  }

  private var block: TokenBlock {
    TokenBlock(
      attention: TokenAttention(features: features, heads: heads),
      feedForward: PlainFeedForward(features: features, inner: inner, activation: "relu"),
      norm: FeatureNormalization(
        kind: .layer(bias: true), features: features, epsilon: vision.epsilon))
  }

  private func enlarge(_ map: Variable, in graph: inout GraphBuilder) -> Variable {
    let patch = vision.images.patch
    guard hasWideDecoder else {
      return ConvTranspose2d(
        inputChannels: features, outputChannels: 1, kernel: patch, stride: patch
      ).named("transposed_convolution")(map, in: &graph)
    }
    let part = Extent(max(1, patch.height / 4))
    return Numbered {
      Conv2d(features, features, kernel: 3, padding: 1)
      Activation.relu()
      ConvTranspose2d(
        inputChannels: features, outputChannels: features / 2, kernel: part, stride: part)
      Activation.relu()
      ConvTranspose2d(inputChannels: features / 2, outputChannels: 1, kernel: part, stride: part)
    }.named("transposed_convolution")(map, in: &graph)
  }
}
