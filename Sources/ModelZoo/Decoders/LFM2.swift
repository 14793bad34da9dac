// "LFM2 Technical Report", Liquid AI, 2025. <https://arxiv.org/abs/2511.23404>

import ModelGraph

/// Short convolutions in most layers, attention in the rest.
enum LFM2 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 65536, features: 2560, inner: 12288, depth: 32, heads: 32, keyHeads: 8,
        context: 128_000, epsilon: 1e-5, isTied: true))
    sizes.epsilon = try c.number("norm_eps", default: 1e-5)
    sizes.isTied = try c.flag("tie_embedding", "tie_word_embeddings", default: true)
    sizes.inner = try inner(c)
    return try blueprint(stack(c, sizes), c)
  }

  /// Mixtures of experts after the first layers.
  static func mixture(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 65536, features: 2048, inner: 7168, depth: 32, heads: 32, keyHeads: 8,
        context: 128_000, epsilon: 1e-5, isTied: true))
    sizes.epsilon = try c.number("norm_eps", default: 1e-5)
    sizes.isTied = try c.flag("tie_embedding", "tie_word_embeddings", default: true)
    var stack = try stack(c, sizes)
    stack.rotaryName = "pos_emb"
    let count = try c.size("num_experts", "num_local_experts", default: 32)
    let isCorrected = try c.flag("use_expert_bias", default: true)
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: try c.size("moe_intermediate_size", default: 1792),
      routing: ExpertRouting(
        count: count, used: try c.size("num_experts_per_tok", default: 4)),
      blockState: isCorrected ? [StateTensor(name: "expert_bias", .float32, [count])] : [])
    let dense = try c.count("num_dense_layers", default: 2)
    let network = stack.feedForward
    stack.experts = mixture.routing
    stack.feedForward = { index in
      guard index < dense, let network else { return mixture }
      return network(index)
    }
    return try blueprint(stack, c)
  }

  private static func stack(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> LlamaStack {
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.decoderNames.norm = "embedding_norm"
    stack.attentionNames.output = "out_proj"
    stack.headNorm = .init(
      kind: .rootMeanSquare, epsilon: sizes.epsilon, queryName: "q_layernorm",
      keyName: "k_layernorm")
    stack.names = .init(
      attention: "self_attn", feedForward: "feed_forward", beforeAttention: "operator_norm",
      beforeFeedForward: "ffn_norm")
    stack.feedForward = { [sizes] _ in
      GatedFeedForward(
        features: sizes.features, inner: sizes.inner, gate: "w1", up: "w3", down: "w2")
    }
    return stack
  }

  private static func blueprint(
    _ stack: LlamaStack, _ c: Configuration
  ) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = stack.sizes
    let convolution = ShortConvolution(
      features: sizes.features, kernel: try c.size("conv_L_cache", default: 3),
      bias: try c.flag("conv_bias", default: false))
    let attended = try c.sizes("full_attn_idxs").map { Set($0) }
    let types = try c.texts("layer_types")
    let isAttention = (0..<sizes.depth).map { index in
      if let types, types.indices.contains(index) { return types[index] != "conv" }
      return attended?.contains(index) ?? true
    }
    var blueprint = stack.blueprint
    let attention = stack.attention(nil)
    blueprint.cache = isAttention.map { $0 ? attention.cache() : convolution.cache }
    blueprint.decoder.block = { index, tables in
      var block = stack.block(index, tables.first)
      guard !isAttention[index] else { return block }
      block.attention = convolution
      block.names.attention = "conv"
      return block
    }
    return blueprint
  }

  /// The features inside the networks, of which two thirds are taken and rounded up.
  private static func inner(_ c: Configuration) throws(ConfigurationError) -> Int {
    let stated = try c.size("block_ff_dim", "intermediate_size", default: 12288)
    guard try c.flag("block_auto_adjust_ff_dim", default: true) else { return stated }
    let factor = try c.number("block_ffn_dim_multiplier", default: 1)
    let multiple = try c.size("block_multiple_of", default: 256)
    guard 0...1024 ~= factor else {
      throw .contradiction("block_ffn_dim_multiplier must be from 0 to 1024, found \(factor)")
    }
    let scaled = Int(factor * Double(2 * stated / 3))
    return max(1, scaled.dividedRoundingUp(by: multiple) * multiple)
  }
}

/// A gated convolution over the last few tokens.
struct ShortConvolution: Layer {
  var features: Int
  var kernel: Int
  var bias: Bool

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let projected = Linear(features, 3 * features, bias: bias).named("in_proj")(x, in: &graph)
    let parts = graph.chunk(projected, into: 3, axis: 2)
    let gated = graph.multiply(parts[0], parts[2])
    let filters = graph.scoped("conv") { graph in
      [graph.parameter("weight", [features, 1, kernel])]
        + (bias ? [graph.parameter("bias", [features])] : [])
    }
    let mixed = graph.opaque("CausalConvolution", [gated] + filters, gives: [gated.type])[0]
    return Linear(features, features, bias: bias).named("out_proj")(
      graph.multiply(parts[1], mixed), in: &graph)
  }

  /// The last inputs of the convolution.
  var cache: CacheLayer { CacheLayer([CachedTensor("conv_states", [features, kernel], .fixed)]) }
}
