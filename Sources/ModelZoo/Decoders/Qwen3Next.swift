// "Qwen3-Next", Qwen Team, 2025. <https://qwen.ai/blog?id=4074cca80393150c248e508aa62983f9cb7d27cd>

import ModelGraph

/// Gated delta rules in three of four layers, attention with gated outputs in the rest, and mixtures
/// of very many experts.
enum Qwen3Next {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 151936, features: 2048, inner: 5632, depth: 48, heads: 16, keyHeads: 2,
        width: 256, context: 32768))
    var stack = LlamaStack(sizes)
    stack.normKind = .rootMeanSquareFromOne
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor(default: 0.25)))
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.headNorm = .init(kind: .rootMeanSquareFromOne, epsilon: sizes.epsilon)
    stack.hasGatedOutput = true
    let shared = try c.size("shared_expert_intermediate_size", default: 512)
    let mixture = MixtureOfExperts(
      features: sizes.features, inner: try c.size("moe_intermediate_size", default: 512),
      routing: ExpertRouting(
        count: try c.count("num_experts", "num_local_experts", default: 512),
        used: try c.size("num_experts_per_tok", default: 10)),
      shared: stack.gated(shared), hasSharedGate: true)
    stack.use(mixture, where: try c.sparseLayers(of: mixture))
    return try blueprint(stack, try GatedDeltaNet(c, sizes), c)
  }

  /// A stack in which some layers have the delta rule in the place of attention.
  static func blueprint(
    _ stack: LlamaStack, _ delta: GatedDeltaNet, _ c: Configuration
  ) throws(ConfigurationError) -> DecoderBlueprint {
    let depth = stack.sizes.depth
    let every = try c.size("full_attention_interval", default: 4)
    let types = try c.texts("layer_types")
    guard types.map({ $0.count >= depth }) ?? true else {
      throw .contradiction("layer_types has fewer entries than there are layers")
    }
    let isLinear = (0..<depth).map { index in
      types.map { $0[index] == "linear_attention" } ?? ((index + 1) % every != 0)
    }
    var blueprint = stack.blueprint
    let attention = stack.attention(nil)
    blueprint.cache = isLinear.map { $0 ? delta.cache : attention.cache() }
    blueprint.decoder.block = { index, tables in
      var block = stack.block(index, tables.first)
      guard isLinear[index] else { return block }
      block.attention = delta
      block.names.attention = "linear_attn"
      return block
    }
    return blueprint
  }
}

/// A recurrence that forgets and corrects what it keeps, behind a short convolution.
///
/// Yang et al., "Gated Delta Networks", 2024. <https://arxiv.org/abs/2412.06464>
struct GatedDeltaNet: Layer {
  var features: Int
  var keyHeads: Int
  var valueHeads: Int
  var keyWidth: Int
  var valueWidth: Int
  var kernel: Int

  /// Whether the maps in are two, each of several packed, or one for each part.
  var isPacked = true

  init(_ c: Configuration, _ sizes: DecoderSizes) throws(ConfigurationError) {
    features = sizes.features
    keyHeads = try c.size("linear_num_key_heads", default: 16)
    valueHeads = try c.size("linear_num_value_heads", default: 32)
    keyWidth = try c.size("linear_key_head_dim", default: 128)
    valueWidth = try c.size("linear_value_head_dim", default: 128)
    kernel = try c.size("linear_conv_kernel_dim", default: 4)
  }

  private var inputs: [(name: String, size: Int)] {
    isPacked
      ? [("qkvz", 2 * keys + 2 * values), ("ba", 2 * valueHeads)]
      : [("qkv", 2 * keys + values), ("z", values), ("b", valueHeads), ("a", valueHeads)]
  }

  private var keys: Int { keyHeads * keyWidth }
  private var values: Int { valueHeads * valueWidth }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let projected = inputs.map { input in
      Linear(features, input.size, bias: false).named("in_proj_\(input.name)")(x, in: &graph)
    }
    let type = TensorType(x.type.dataType, [x.size(0), x.size(1), values])
    let mixed = graph.opaque(
      "GatedDeltaRule",
      projected + [
        graph.parameter("conv1d.weight", [2 * keys + values, 1, kernel]),
        graph.parameter("dt_bias", [valueHeads]), graph.parameter("A_log", [valueHeads]),
        graph.parameter("norm.weight", [valueWidth]),
      ], gives: [type])[0]
    return Linear(values, features, bias: false).named("out_proj")(mixed, in: &graph)
  }

  /// The last inputs of the convolution and a matrix for every head.
  var cache: CacheLayer {
    CacheLayer([
      CachedTensor("conv_states", [2 * keys + values, kernel], .fixed),
      CachedTensor(
        "recurrent_states", [valueHeads, keyWidth, valueWidth], .fixed, dataType: .float32),
    ])
  }
}
