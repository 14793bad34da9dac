// "The Llama 4 herd", Meta, 2025. <https://ai.meta.com/blog/llama-4-multimodal-intelligence/>

import ModelGraph

/// Llama 4's encoder of images, with a token for the whole after the patches.
struct Llama4Vision: Layer {
  var sizes: VisionSizes

  /// The cells along the side of a square whose features become those of one token.
  var side: Int
  var adapterInner: Int
  var adapterOutputs: Int

  /// The features of a token in front of the adapter's first map.
  var joined: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (features, length) = (sizes.features, sizes.images.patches + 1)
    let learned = graph.parameter("class_embedding", [features])
    let places = graph.parameter("positional_embedding_vlm", [length, features])
    let angles = graph.state(
      "rotary_embedding.freqs_ci", .complex64, [length, 1, features / sizes.heads / 2])
    let token = graph.expand(
      graph.view(learned, [1, 1, features]), to: [x.size(0), 1, features])
    let all = graph.concatenate([patches(x, in: &graph), token], axis: 1)
    let placed = graph.add(all, places)
    let opened = sizes.norm.named("layernorm_pre")(placed, in: &graph)
    let block = block(angles)
    let tokens = TokenStack(depth: sizes.depth, name: "model.layers") { _ in block }(
      opened, in: &graph)
    let closed = sizes.norm.named("layernorm_post")(tokens, in: &graph)
    let kept = graph.narrow(closed, axis: 1, from: 0, to: length - 1)
    return graph.scoped("vision_adapter.mlp") { adapt(kept, in: &$0) }
  }

  private func patches(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let images = sizes.images
    let area = images.channels * images.patch.height * images.patch.width
    let cut = graph.opaque(
      "Patches", [x],
      gives: [TensorType(x.type.dataType, [x.size(0), images.patches, area])])[0]
    return Linear(area, sizes.features, bias: false).named("patch_embedding.linear")(
      cut, in: &graph)
  }

  private func block(_ angles: Variable) -> TokenBlock {
    var attention = sizes.attention
    attention.names = .short
    // Heads are turned as complex numbers.
    attention.turning = { x, graph in
      graph.opaque("TurnedAsComplexNumbers", [x, angles], gives: [x.type])[0]
    }
    return TokenBlock(
      attention: attention, feedForward: sizes.feedForward, norm: sizes.norm,
      names: .init(firstNorm: "input_layernorm", secondNorm: "post_attention_layernorm"))
  }

  private func adapt(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let rows = max(1, x.size(1) / (side * side))
    let joined = graph.opaque(
      "PixelsAsFeatures", [x],
      gives: [TensorType(x.type.dataType, [x.size(0), rows, self.joined])])[0]
    return Sequential {
      Linear(self.joined, adapterInner, bias: false).named("fc1")
      Activation.gelu
      Fitted(
        inputs: adapterOutputs, layer: Linear(adapterOutputs, adapterOutputs, bias: false)
      ).named("fc2")
      Activation.gelu
    }(joined, in: &graph)
  }
}

// MARK: - Configurations

extension Llama4Text {
  /// Llama 4 with its encoder of images.
  static func multimodal(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var language = try c.part("text_config").decoder(default: "llama4_text")
    language.decoder.head = .nextToken
    language.decoder.names.stack = "language_model.model"
    language.decoder.names.head = "language_model.lm_head"
    try c.requireClass(
      try c.className(default: "Llama4ForConditionalGeneration"),
      endingIn: ["ForConditionalGeneration"])
    let part = try c.part("vision_config")
    let vision = try Llama4Vision(part)
    let projector = Linear(
      try part.size("vision_output_dim", default: 7680), language.decoder.features, bias: false)
    let model = ImageTextModel(
      tower: ImageTower(
        layer: vision, features: vision.sizes.features, images: vision.sizes.images),
      towerName: "vision_model",
      projector: Fitted(inputs: projector.inputs, layer: projector)
        .named("multi_modal_projector.linear_1"),
      language: language.decoder, outerName: "")
    return language.blueprint(model)
  }
}

/// A layer that may be asked for other features than reach it, as library defaults do.
struct Fitted: Layer {
  var inputs: Int
  var layer: any Layer

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard x.size(-1) != inputs else { return layer(x, in: &graph) }
    var shape = x.shape
    shape[shape.count - 1] = inputs
    let fitted = graph.opaque(
      "UnfittingFeatures", [x], gives: [TensorType(x.type.dataType, shape)])[0]
    return layer(fitted, in: &graph)
  }
}

extension Llama4Vision {
  init(_ c: Configuration) throws(ConfigurationError) {
    sizes = try VisionSizes(
      c, .init(image: 448, patch: 14, inner: 5632, depth: 34, heads: 16, epsilon: 1e-5))
    sizes.epsilon = try c.number("norm_eps", default: 1e-5)
    let ratio = try c.number("pixel_shuffle_ratio", default: 0.5)
    guard ratio > 0, ratio <= 1, ratio >= 1.0 / 64 else {
      throw .contradiction("\(c.path)pixel_shuffle_ratio must be above 0 and at most 1")
    }
    side = max(1, Int((1 / ratio).rounded()))
    joined = sizes.inner
    adapterInner = try c.size("projector_input_dim", default: 4096)
    adapterOutputs = try c.size("projector_output_dim", default: 4096)
  }
}
