// "GIT: A Generative Image-to-text Transformer for Vision and Language", Wang et al., 2022.
// <https://arxiv.org/abs/2205.14100>

import ModelGraph

/// BERT's blocks over what CLIP sees and what was said so far.
struct GIT: Layer {
  var sizes: EncoderSizes
  var vision: VisionSizes

  /// The frames of a film, each with a vector of its own; `nil` for images.
  var frames: Int?
  var hasHead: Bool

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "GitForCausalLM")
    try c.requireClass(name, endingIn: ["GitForCausalLM", "GitModel", "GitVisionModel"])
    if name.hasSuffix("VisionModel") { return try vision(try c.part("vision_config")) }
    var standard = EncoderSizes(depth: 6, context: 1024, types: 0)
    standard.isTied = false
    var sizes = try EncoderSizes(c, standard)
    sizes.types = 0
    sizes.isCausal = true
    let model = GIT(
      sizes: sizes, vision: try visionSizes(try c.part("vision_config")),
      frames: try c.size(ifAny: "num_image_with_embedding"), hasHead: !name.hasSuffix("Model"))
    return Blueprint(network: model, input: sizes.input(), cache: sizes.cache)
  }

  /// The encoder of images alone.
  static func vision(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try visionSizes(c)
    return Blueprint(
      network: CLIPVision(sizes: sizes, result: .mean).named("vision_model"),
      input: sizes.images.input)
  }

  private static func visionSizes(_ c: Configuration) throws(ConfigurationError) -> VisionSizes {
    try VisionSizes(c, .init(patch: 16, epsilon: 1e-5, activation: "quick_gelu"))
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard hasHead else { return read(x, in: &graph) }
    let hidden = graph.scoped("git") { read(x, in: &$0) }
    return TokenProjection(
      features: sizes.features, vocabulary: sizes.vocabulary, name: "output",
      table: sizes.isTied ? "git.embeddings.word_embeddings.weight" : nil)(hidden, in: &graph)
  }

  private func read(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var embeddings = EncoderEmbeddings(sizes)
    embeddings.keepsTypes = false
    let words = embeddings.named("embeddings")(x, in: &graph)
    let pixels = graph.input("pixel_values", vision.images.type(batch: x.size(0)))
    let seen = CLIPVision(sizes: vision, result: .tokens(taps: []))
      .named("vision_model").named("image_encoder")(pixels, in: &graph)
    for frame in 0..<(frames ?? 0) {
      _ = graph.parameter("img_temporal_embedding.\(frame)", [1, 1, vision.features])
    }
    let projected = Numbered {
      Linear(vision.features, sizes.features)
      LayerNorm(sizes.features, epsilon: vision.epsilon)
    }.named("visual_projection").named("visual_projection")(seen, in: &graph)
    let all = graph.concatenate([projected, words], axis: 1)
    let block = BERT.block(sizes)
    // Tokens are told also where an image's are, as the library does.
    return Repeat(sizes.depth) { _ in block }.named("layer").named("encoder")(all, in: &graph)
  }
}
