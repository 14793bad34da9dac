// "Chinese CLIP", Yang et al., 2022. <https://arxiv.org/abs/2211.01335>
// "AltCLIP: Altering the Language Encoder in CLIP", Chen et al., 2022.
// <https://arxiv.org/abs/2211.06679>

import ModelGraph

/// CLIP with BERT in the place of its encoder of texts.
enum ChineseCLIP {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(
      try c.className(default: "ChineseCLIPModel"), endingIn: ["ChineseCLIPModel"])
    let text = try EncoderSizes(try c.pairPart("text_config"))
    let reader = Sequential {
      BERT.stack(text, EncoderEmbeddings(text))
      FirstToken()
    }
    return try CLIP.pair(c, reader, features: text.features, input: text.input(), shared: 512)
  }
}

/// CLIP with a RoBERTa of many languages in the place of its encoder of texts.
enum AltCLIP {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(try c.className(default: "AltCLIPModel"), endingIn: ["AltCLIPModel"])
    let part = try c.pairPart("text_config")
    let text = try EncoderSizes(
      part,
      EncoderSizes(
        vocabulary: 250_002, features: 1024, inner: 4096, depth: 24, heads: 16, context: 514,
        types: 1, epsilon: 1e-5, padding: 1))
    let width = try part.size("project_dim", default: 768)
    var embeddings = EncoderEmbeddings(text)
    embeddings.positions = .afterPadding(text.padding)
    let opening = embeddings
    let reader = Sequential {
      opening.named("roberta.embeddings")
      Repeat(text.depth) { _ in BERT.block(text) }.named("roberta.encoder.layers")
      text.norm.named("pre_LN")
      Linear(text.features, width).named("transformation")
      FirstToken()
    }
    return try CLIP.pair(
      c, reader, features: width, input: text.input(longest: embeddings.longest), shared: 768)
  }
}

extension CLIP {
  /// CLIP's encoder of images beside another encoder of texts.
  fileprivate static func pair(
    _ c: Configuration, _ text: Sequential, features: Int, input: Architecture.Input,
    shared standard: Int
  ) throws(ConfigurationError) -> Blueprint {
    let vision = try CLIPVision.sizes(try c.pairPart("vision_config"))
    let shared = try c.size("projection_dim", default: standard)
    return Blueprint(
      network: ImageTextPair(
        text: text, image: CLIPVision(sizes: vision), images: vision.images,
        textProjection: .init("text_projection", features, shared),
        imageProjection: .init("visual_projection", vision.features, shared)),
      input: input)
  }
}
