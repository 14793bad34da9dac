// "What matters when building vision-language models?", Laurençon et al., 2024.
// <https://arxiv.org/abs/2405.02246>
// "Building and better understanding vision-language models", 2024. <https://arxiv.org/abs/2408.12637>
// "SmolVLM", Marafioti et al., 2025. <https://arxiv.org/abs/2504.05299>

import ModelGraph

/// SigLIP's encoder for images of any form, whose places are read from a table by hand.
struct IdeficsVision: Layer {
  var sizes: VisionSizes

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let embedded = graph.scoped("embeddings") { embed(x, in: &$0) }
    let block = sizes.clipBlock
    let tokens = TokenStack(depth: sizes.depth, name: "encoder.layers") { _ in block }(
      embedded, in: &graph)
    return sizes.norm.named("post_layernorm")(tokens, in: &graph)
  }

  private func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let patches = sizes.images.patches(
      of: x, sizes.features, bias: true, named: "patch_embedding", in: &graph)
    let places = graph.expand(
      graph.positions(count: sizes.images.patches), to: [x.size(0), sizes.images.patches])
    return graph.add(
      patches,
      Embedding(sizes.images.patches, sizes.features).named("position_embedding")(
        places, in: &graph))
  }
}

/// Squares of patches as one token, by a linear map.
struct SquareProjection: Layer {
  var features: Int
  var side: Int
  var outputs: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let wide = features * side * side
    let rows = max(1, x.size(1) / (side * side))
    let joined = graph.opaque(
      "PixelsAsFeatures", [x], gives: [TensorType(x.type.dataType, [x.size(0), rows, wide])])[0]
    return Linear(wide, outputs, bias: false).named("modality_projection.proj")(
      joined, in: &graph)
  }
}

/// Learned vectors that look at all patches, and so are as many whatever the image is.
struct PerceiverResampler: Layer {
  var features: Int
  var latents: Int
  var depth: Int
  var heads: Int
  var keyHeads: Int
  var width: Int
  var activation: String
  var epsilon: Double

  private var norm: FeatureNormalization {
    FeatureNormalization(kind: .rootMeanSquare, features: features, epsilon: epsilon)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let learned = graph.parameter("latents", [latents, features])
    var y = graph.expand(
      graph.view(learned, [1, latents, features]), to: [x.size(0), latents, features])
    for index in 0..<depth {
      let input = y
      y = graph.scoped("layers.\(index)") { layer(input, context: x, in: &$0) }
    }
    return norm.named("norm")(y, in: &graph)
  }

  private func layer(
    _ x: Variable, context: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let own = norm.named("input_latents_norm")(x, in: &graph)
    let other = norm.named("input_context_norm")(context, in: &graph)
    let attended = graph.scoped("self_attn") { attend(own, other, in: &$0) }
    let sum = graph.add(x, attended)
    let normalized = norm.named("post_attention_layernorm")(sum, in: &graph)
    let fed = GatedFeedForward(features: features, inner: 4 * features, activation: activation)
      .named("mlp")(normalized, in: &graph)
    return graph.add(sum, fed)
  }

  private func attend(
    _ x: Variable, _ context: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let all = graph.concatenate([context, x], axis: 1)
    let parts = [("q_proj", x, heads), ("k_proj", all, keyHeads), ("v_proj", all, keyHeads)]
    let split = parts.map { name, source, count in
      let product = Linear(features, count * width, bias: false).named(name)(source, in: &graph)
      let headed = graph.view(product, [source.size(0), source.size(1), count, width])
      return graph.transpose(headed, 1, 2)
    }
    let mixed = graph.attention(split, dropout: 0, isCausal: false)
    let joined = graph.view(graph.transpose(mixed, 1, 2), [x.size(0), x.size(1), heads * width])
    return Linear(heads * width, features, bias: false).named("o_proj")(joined, in: &graph)
  }
}

// MARK: - Configurations

enum Idefics {
  /// The second generation: a network, and learned vectors that look at the patches.
  static func second(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let text = try c.part("text_config")
    let language = try language(c, text, "mistral")
    let sizes = try VisionSizes(try c.part("vision_config"), visionSizes)
    let features = language.decoder.features
    let resampler = try PerceiverResampler(try c.part("perceiver_config"), features: features)
    let inner = try text.size("intermediate_size", default: 14336)
    let activation = try text.text("hidden_act", default: "silu")
    let projector = Sequential {
      ModalityProjection(
        inputs: sizes.features, inner: inner, outputs: features, activation: activation
      ).named("modality_projection")
      resampler.named("perceiver_resampler")
    }
    return blueprint(language, sizes, projector.named("connector"))
  }

  /// The third generation, and SmolVLM: squares of patches as one token.
  static func third(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let language = try language(c, try c.part("text_config"), "llama")
    var standard = visionSizes
    standard.features = 1152
    standard.heads = 16
    let sizes = try VisionSizes(try c.part("vision_config"), standard)
    let projector = SquareProjection(
      features: sizes.features, side: try c.size("scale_factor", default: 2, in: 1...64),
      outputs: language.decoder.features)
    return blueprint(language, sizes, projector.named("connector"))
  }

  private static let visionSizes = VisionSizes.Defaults(
    patch: 32, epsilon: 1e-6, activation: "gelu_pytorch_tanh")

  private static func language(
    _ c: Configuration, _ text: Configuration, _ type: String
  ) throws(ConfigurationError) -> DecoderBlueprint {
    try c.language(text, default: type, stack: "text_model", ties: .init())
  }

  private static func blueprint(
    _ language: DecoderBlueprint, _ sizes: VisionSizes, _ projector: any Layer
  ) -> Blueprint {
    let tower = ImageTower(
      layer: IdeficsVision(sizes: sizes), features: sizes.features, images: sizes.images)
    return language.blueprint(
      ImageTextModel(
        tower: tower, towerName: "vision_model", projector: projector,
        language: language.decoder))
  }
}

/// A gated network from the encoder's features to the language model's.
struct ModalityProjection: Layer {
  var inputs: Int
  var inner: Int
  var outputs: Int
  var activation: String

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let gate = NamedActivation(name: activation)(
      Linear(inputs, inner, bias: false).named("gate_proj")(x, in: &graph), in: &graph)
    let up = Linear(inputs, inner, bias: false).named("up_proj")(x, in: &graph)
    return Linear(inner, outputs, bias: false).named("down_proj")(
      graph.multiply(gate, up), in: &graph)
  }
}

extension PerceiverResampler {
  init(_ c: Configuration, features: Int) throws(ConfigurationError) {
    self.features = features
    latents = try c.size("resampler_n_latents", default: 64)
    depth = try c.depth("resampler_depth", default: 3)
    heads = try c.size("resampler_n_heads", default: 16)
    keyHeads = try c.size("num_key_value_heads", default: 4)
    width = try c.size("resampler_head_dim", default: 96)
    activation = try c.text("hidden_act", default: "silu")
    epsilon = try c.number("rms_norm_eps", default: 1e-6)
    guard heads % keyHeads == 0 else {
      throw .contradiction(
        "\(c.path)\(heads) query heads cannot share \(keyHeads) key heads evenly")
    }
  }
}
