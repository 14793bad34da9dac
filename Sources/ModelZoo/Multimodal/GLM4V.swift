// "GLM-4.1V-Thinking", 2025. <https://arxiv.org/abs/2507.01006>

import ModelGraph

/// A GLM that sees images and films of any form.
enum GLM4V {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let language = try c.language(
      GLM4V.text(try c.part("text_config")), ties: .init(followsText: true))
    return QwenVL.blueprint(language, try vision(try c.part("vision_config")))
  }

  static func mixture(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let text = try c.part("text_config").named(asIn: "glm4v_moe_text")
    let language = try c.language(GLM4V.sparseText(text), ties: .init(followsText: true))
    return QwenVL.blueprint(language, try vision(try c.part("vision_config")))
  }

  /// GLM 4.6V, whose language part says itself which one it is.
  static func anyLanguage(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let language = try c.language(
      try c.part("text_config"), default: "glm4v_text", ties: .init())
    return QwenVL.blueprint(language, try vision(try c.part("vision_config")))
  }

  /// GLM 4 whose heads divide the features.
  static func text(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c.without("head_dim"),
      .init(
        vocabulary: 151_552, features: 4096, inner: 13696, depth: 40, heads: 32, keyHeads: 2,
        context: 32768, epsilon: 1e-5))
    var stack = GLM4.named(LlamaStack(sizes))
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor()))
    stack.bias = true
    stack.dropout = try c.number("attention_dropout", default: 0)
    return stack.blueprint
  }

  /// GLM 4.5 as the language part.
  static func sparseText(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 151_424, features: 4096, inner: 10944, depth: 46, heads: 96, keyHeads: 8,
        context: 65536, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor(default: 0.5)))
    stack.bias = try c.flag("attention_bias", default: true)
    let mixture = try DeepSeekV3.mixture(c, sizes, routed: 128, shared: 1, used: 8, inner: 1408)
    let first = try c.count("first_k_dense_replace", default: 1)
    stack.use(mixture, where: { $0 >= first })
    return stack.blueprint
  }

  private static func vision(_ c: Configuration) throws(ConfigurationError) -> QwenVision {
    let features = try c.size("hidden_size", default: 1536)
    let outputs = try c.size("out_hidden_size", default: 4096)
    let norm = FeatureNormalization(
      kind: .rootMeanSquare, features: features,
      epsilon: try c.number("rms_norm_eps", default: 1e-5))
    let activation = try c.text("hidden_act", default: "silu")
    let merger = Merger(
      norm: norm, side: try c.size("spatial_merge_size", default: 2, in: 1...64),
      outputs: outputs, inner: try c.size("intermediate_size", default: 13696),
      activation: activation)
    var vision = try QwenVision(
      c, features: features, depth: 24, heads: 12, patch: 14, norm: norm,
      feedForward: GatedFeedForward(features: features, inner: outputs, activation: activation),
      merger: merger)
    vision.patchBias = true
    vision.attentionBias = try c.flag("attention_bias", default: false)
    vision.outputBias = false
    vision.openingNorm = "post_conv_layernorm"
    vision.placesName = "embeddings.position_embedding"
    vision.mergerName = ""
    let side = try c.size("image_size", default: 336) / max(1, vision.patch.height)
    vision.places = side * side
    return vision
  }

  /// Squares of patches convolved into one token, then a gated network.
  private struct Merger: Layer {
    var norm: FeatureNormalization
    var side: Int
    var outputs: Int
    var inner: Int
    var activation: String

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let features = norm.features
      let normalized = norm.named("post_layernorm")(x, in: &graph)
      let squares = graph.view(
        normalized, [-1, features, side, side])
      let joined = Conv2d(features, outputs, kernel: Extent(side), stride: Extent(side), bias: true)
        .named("downsample")(squares, in: &graph)
      let tokens = graph.view(joined, [x.size(0), -1, outputs])
      return Sequential {
        Linear(outputs, outputs, bias: false).named("proj")
        LayerNorm(outputs).named("post_projection_norm")
        Activation.gelu
        GatedFeedForward(features: outputs, inner: inner, activation: activation)
      }.named("merger")(tokens, in: &graph)
    }
  }
}
