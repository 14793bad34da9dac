// "Scaling Up Visual and Vision-Language Representation Learning With Noisy Text Supervision", Jia et
// al., 2021. <https://arxiv.org/abs/2102.05918>

import ModelGraph

/// BERT and EfficientNet, whose outputs are compared.
enum ALIGN {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(try c.className(default: "AlignModel"), endingIn: ["AlignModel"])
    let text = try EncoderSizes(try c.part("text_config"))
    let part = try c.part("vision_config")
    var vision = try ConfiguredEfficientNet(part)
    vision.hasTop = false
    let reader = Sequential {
      BERT.stack(text, EncoderEmbeddings(text))
      UnreadPooler(features: text.features)
      FirstToken()
    }
    let image = Sequential {
      vision
      ImageMean()
    }
    var pair = ImageTextPair(
      text: reader, image: image,
      images: ImageSizes(
        image: try part.extent("image_size", default: 600), patch: 1, channels: vision.channels),
      textProjection: .init(
        "text_projection", text.features, try c.size("projection_dim", default: 640), bias: true))
    pair.scales = [.init(name: "temperature", shape: [])]
    return Blueprint(network: pair, input: text.input())
  }

  /// A map of the first token that nothing reads, though it runs.
  private struct UnreadPooler: Layer {
    var features: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      _ = FirstTokenPooler(features: features)(x, in: &graph)
      return x
    }
  }
}
