// "Simple Open-Vocabulary Object Detection with Vision Transformers", Minderer et al., 2022.
// <https://arxiv.org/abs/2205.06230>
// "Scaling Open-Vocabulary Object Detection", Minderer et al., 2023.
// <https://arxiv.org/abs/2306.09683>

import ModelGraph

/// CLIP whose patches are boxes, each compared with what a text names.
///
/// Takes token numbers and, as `pixel_values`, images.
struct OWLViT: Layer {
  var text: CLIPText
  var image: CLIPVision
  var shared: Int

  /// The name of CLIP inside the detector.
  var name: String

  /// Whether each box is also told how likely it is a thing at all.
  var ratesThings: Bool

  private var features: Int { image.sizes.features }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let pixels = graph.input("pixel_values", image.sizes.images.type(batch: x.size(0)))
    let (tokens, query) = graph.scoped(name) { encode(x, pixels, in: &$0) }
    let patches = graph.narrow(tokens, axis: 1, from: 1, to: tokens.size(1))
    let whole = graph.narrow(tokens, axis: 1, from: 0, to: 1)
    let seen = LayerNorm(features, epsilon: image.sizes.epsilon).named("layer_norm")(
      graph.multiply(patches, whole), in: &graph)
    if ratesThings {
      graph.output(predict("objectness_head", seen, 1, in: &graph))
    }
    graph.output(scores(of: seen, query, in: &graph))
    let places = graph.state("box_bias", .float32, [image.sizes.images.patches, 4])
    let boxes = predict("box_head", seen, 4, in: &graph)
    return graph.apply("Sigmoid", graph.add(boxes, places))
  }

  private func encode(
    _ x: Variable, _ pixels: Variable, in graph: inout GraphBuilder
  ) -> (tokens: Variable, query: Variable) {
    let factor = graph.parameter("logit_scale", [])
    let tokens = graph.scoped("vision_model") { image(pixels, in: &$0) }
    let first = graph.select(tokens, axis: 1, index: 0)
    let seen = Linear(features, shared, bias: false).named("visual_projection")(first, in: &graph)
    let read = graph.scoped("text_model") { text(x, in: &$0) }
    let query = graph.unitVectors(
      Linear(text.features, shared, bias: false).named("text_projection")(read, in: &graph))
    // The whole image is compared with the text too, and nothing reads how well they fit.
    let products = graph.matrixProduct(query, graph.transpose(graph.unitVectors(seen), 0, 1))
    _ = graph.multiply(products, graph.apply("Exp", factor))
    return (tokens, query)
  }

  private func predict(
    _ name: String, _ x: Variable, _ outputs: Int, in graph: inout GraphBuilder
  ) -> Variable {
    Sequential {
      Linear(features, features).named("dense0")
      NamedActivation(name: "gelu")
      Linear(features, features).named("dense1")
      NamedActivation(name: "gelu")
      Linear(features, outputs).named("dense2")
    }.named(name)(x, in: &graph)
  }

  /// How well each patch is what the text names.
  private func scores(
    of x: Variable, _ query: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    graph.scoped("class_head") { graph in
      let kinds = graph.unitVectors(
        Linear(features, text.features).named("dense0")(x, in: &graph))
      let asked = graph.view(query, [query.size(0), query.size(1), 1])
      let products = graph.matrixProduct(kinds, asked)
      let shift = Linear(features, 1).named("logit_shift")(x, in: &graph)
      let scale = Linear(features, 1).named("logit_scale")(x, in: &graph)
      return graph.multiply(graph.add(products, shift), scale)
    }
  }
}

// MARK: - Configurations

extension OWLViT {
  static func first(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(c, name: "owlvit", patch: 32, ratesThings: false)
  }

  static func second(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try model(c, name: "owlv2", patch: 16, ratesThings: true)
  }

  private static func model(
    _ c: Configuration, name: String, patch: Int, ratesThings: Bool
  ) throws(ConfigurationError) -> Blueprint {
    let task = try c.className(default: "ForObjectDetection")
    try c.requireClass(task, endingIn: ["ForObjectDetection", "OwlViTModel", "Owlv2Model"])
    let text = try CLIPText(try c.pairPart("text_config"), .init(context: 16))
    let sizes = try VisionSizes(
      try c.pairPart("vision_config"),
      .init(image: 768, patch: patch, epsilon: 1e-5, activation: "quick_gelu"))
    let shared = try c.size("projection_dim", default: 512)
    var image = CLIPVision(sizes: sizes, firstNorm: "pre_layernorm")
    guard task.hasSuffix("Model") else {
      guard shared == text.features else {
        throw .contradiction(
          "projection_dim is \(shared), but patches are compared in \(text.features) features")
      }
      image.result = .tokens(taps: [])
      let detector = OWLViT(
        text: text, image: image, shared: shared, name: name, ratesThings: ratesThings)
      return Blueprint(network: detector, input: text.input)
    }
    return Blueprint(
      network: ImageTextPair(
        text: text, image: image, images: sizes.images,
        textProjection: .init("text_projection", text.features, shared),
        imageProjection: .init("visual_projection", sizes.features, shared)),
      input: text.input)
  }
}
