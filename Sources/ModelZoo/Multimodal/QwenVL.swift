// "Qwen2-VL", Wang et al., 2024. <https://arxiv.org/abs/2409.12191>

import ModelGraph

/// A Qwen that sees: an encoder of patches, and a language model that knows rows and columns.
enum QwenVL {
  static func second(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    // Once the language part's values stood beside the vision part.
    let text = try c.partIfAny("text_config") ?? c
    let language = try c.language(
      Qwen2VLText.decoder(text), ties: .init(followsText: true))
    return blueprint(language, try .first(try c.part("vision_config")))
  }

  static func secondAndHalf(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let text = try c.partIfAny("text_config") ?? c
    let language = try c.language(
      Qwen2VLText.decoder(text), ties: .init(followsText: true))
    return blueprint(language, try .second(try c.part("vision_config")))
  }

  static func third(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let language = try c.language(
      Qwen3VLText.decoder(try c.part("text_config")), ties: .init())
    return blueprint(language, try .third(try c.part("vision_config")))
  }

  static func thirdMoE(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let text = try c.part("text_config").named(asIn: "qwen3_vl_moe_text")
    let language = try c.language(Qwen3VLText.mixture(text), ties: .init())
    return blueprint(language, try .third(try c.part("vision_config")))
  }

  /// Qwen 3.5, whose encoder's layers reach the language model only through the last one.
  static func thirdAndHalf(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let language = try c.language(Qwen35.decoder(try c.part("text_config")), ties: .init())
    return blueprint(language, try untapped(c))
  }

  static func thirdAndHalfMoE(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let language = try c.language(Qwen35.mixture(try c.part("text_config")), ties: .init())
    return blueprint(language, try untapped(c))
  }

  private static func untapped(_ c: Configuration) throws(ConfigurationError) -> QwenVision {
    var vision = try QwenVision.third(try c.part("vision_config"))
    vision.taps = []
    return vision
  }

  static func blueprint(
    _ language: DecoderBlueprint, _ vision: QwenVision
  ) -> Blueprint {
    // An image has as many patches as its form asks for; this many stand for one of 448 × 448.
    let side = max(1, 32 / vision.square) * vision.square
    return language.blueprint(
      ImageTextModel(
        tower: ImageTower(
          layer: vision, features: vision.features,
          images: ImageSizes(image: Extent(side * 14), patch: 14),
          cut: .init(count: side * side, area: vision.area)),
        towerName: "visual", projector: Identity(), language: language.decoder))
  }
}

/// Qwen 2 as the language part of a model that sees.
enum Qwen2VLText {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 152064, features: 8192, inner: 29568, depth: 80, heads: 64, keyHeads: 8,
        context: 32768, epsilon: 1e-5))
    return try Qwen2.stack(c, sizes, firstWindow: 80).blueprint
  }
}

/// Qwen 3 as the language part of a model that sees.
enum Qwen3VLText {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 151936, features: 4096, inner: 22016, depth: 32, heads: 32, keyHeads: 32,
        width: 128, context: 128000))
    return try Qwen3.stack(c, sizes).blueprint
  }

  static func mixture(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 151936, features: 2048, inner: 5632, depth: 24, heads: 16, keyHeads: 16,
        context: 128000, isTied: true))
    var stack = try Qwen3.stack(c, sizes)
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: try c.size("moe_intermediate_size", default: 1408),
      routing: ExpertRouting(
        count: try c.count("num_experts", "num_local_experts", default: 60),
        used: try c.size("num_experts_per_tok", default: 4)))
    stack.use(mixture, where: try c.sparseLayers(of: mixture))
    return stack.blueprint
  }
}
