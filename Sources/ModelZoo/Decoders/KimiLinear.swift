// "Kimi Linear: An Expressive, Efficient Attention Architecture", Moonshot AI, 2025.
// <https://arxiv.org/abs/2510.26692>

import ModelGraph

/// Delta rules that forget feature by feature in most layers, latent attention without positions in
/// the rest, and mixtures of experts after the first layers.
enum KimiLinear {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try sizes(c)
    var attention = try DeepSeekV3.attention(
      c, sizes, ranks: (query: nil, key: 512), plain: 128, value: 128)
    attention.epsilon = 1e-6
    let delta = try delta(c, sizes)
    let isLinear = try linear(c, depth: sizes.depth)
    let mixture = try mixture(c, sizes)
    let types = try c.layerTypes("mlp_layer_types", depth: sizes.depth)
    let dense = try c.count("first_k_dense_replace", default: 1)
    let stack = LlamaStack(sizes)
    let decoder = Decoder(
      vocabulary: sizes.vocabulary, features: sizes.features, depth: sizes.depth,
      head: sizes.head, isTied: false, norm: stack.norm
    ) { [attention] index, _ in
      let isSparse = types.map { $0[index] == "sparse" } ?? (index >= dense)
      let network: any Layer = isSparse ? mixture : stack.gated(sizes.inner)
      let mixer: any Layer = isLinear[index] ? delta : attention
      return DecoderBlock(attention: mixer, feedForward: network, norm: stack.norm)
    }
    return DecoderBlueprint(
      decoder: decoder, cache: isLinear.map { $0 ? delta.cache : attention.cache },
      context: sizes.context, experts: mixture.routing)
  }

  private static func sizes(_ c: Configuration) throws(ConfigurationError) -> DecoderSizes {
    var sizes = try DecoderSizes(
      c.without("num_key_value_heads"),
      .init(
        vocabulary: 163_840, features: 2304, inner: 9216, depth: 27, heads: 32,
        context: 1_048_576, epsilon: 1e-5))
    sizes.context = try c.size(
      "model_max_length", "max_position_embeddings", default: 1_048_576, in: 1...(1 << 40))
    return sizes
  }

  private static func delta(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> KimiDeltaAttention {
    let part = try c.part("linear_attn_config")
    return KimiDeltaAttention(
      features: sizes.features,
      heads: try part.size("num_heads", default: try c.size("linear_num_heads", default: 32)),
      width: try part.size("head_dim", default: try c.size("linear_head_dim", default: 128)),
      kernel: try part.size(
        "short_conv_kernel_size", default: try c.size("linear_conv_kernel_dim", default: 4)),
      epsilon: sizes.epsilon)
  }

  /// Which layers have the delta rule; lists count them from one.
  private static func linear(_ c: Configuration, depth: Int) throws(ConfigurationError) -> [Bool] {
    if let types = try c.layerTypes(depth: depth) { return types.map { $0 == "linear_attention" } }
    let part = try c.part("linear_attn_config")
    if let listed = try part.sizes("kda_layers") {
      let all = Set(listed)
      return (0..<depth).map { all.contains($0 + 1) }
    }
    return (0..<depth).map { $0 == 0 || $0 % 4 != 0 }
  }

  private static func mixture(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> MixtureOfExperts {
    let count = try c.size("num_local_experts", "num_experts", default: 256)
    let each = try c.size("moe_intermediate_size", default: 1024)
    let always = try c.size("n_shared_experts", "num_shared_experts", default: 1)
    return MixtureOfExperts(
      features: sizes.features, inner: each,
      routing: ExpertRouting(
        count: count,
        used: try c.size("num_experts_per_tok", "num_experts_per_token", default: 8)),
      correction: .init(name: "e_score_correction_bias", shape: [count]),
      shared: GatedFeedForward(
        features: sizes.features, inner: each * always, activation: sizes.activation),
      sharedName: "shared_experts")
  }
}

/// A recurrence that forgets feature by feature and corrects what it keeps.
struct KimiDeltaAttention: Layer {
  var features: Int
  var heads: Int
  var width: Int
  var kernel: Int
  var epsilon: Double

  private var inner: Int { heads * width }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let parts = ["q", "k", "v"].map {
      Linear(features, inner, bias: false).named("\($0)_proj")(x, in: &graph)
    }
    let filters = graph.parameter("conv1d.weight", [3 * inner, 1, kernel])
    let forgotten = graph.scoped("forget_gate") { forget(x, in: &$0) }
    let corrected = Linear(features, heads, bias: false).named("b_proj")(x, in: &graph)
    let gate = low(x, "g_a_proj", "g_b_proj", in: &graph)
    let mixed = graph.opaque(
      "KimiDeltaRule",
      parts + [filters] + forgotten + [corrected, gate, graph.parameter("o_norm.weight", [width])],
      gives: [parts[0].type])[0]
    return Linear(inner, features, bias: false).named("o_proj")(mixed, in: &graph)
  }

  private func forget(_ x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    [
      low(x, "f_a_proj", "f_b_proj", in: &graph), graph.parameter("dt_bias", [inner]),
      graph.parameter("A_log", [1, 1, heads, 1]),
    ]
  }

  /// Two maps through the features of one head.
  private func low(
    _ x: Variable, _ first: String, _ second: String, in graph: inout GraphBuilder
  ) -> Variable {
    Sequential {
      Linear(features, width, bias: false).named(first)
      Linear(width, inner, bias: false).named(second)
    }(x, in: &graph)
  }

  /// The last inputs of the convolution and a matrix for every head.
  var cache: CacheLayer {
    CacheLayer([
      CachedTensor("conv_states", [3 * inner, kernel], .fixed),
      CachedTensor("recurrent_states", [heads, width, width], .fixed, dataType: .float32),
    ])
  }
}
