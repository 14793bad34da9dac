import ModelGraph

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
  var maps = Maps.packed

  /// Which maps go in: two, each of several packed; one for all that is convolved; one for each part.
  enum Maps {
    case packed, joined, apart
  }

  /// The sizes where nothing says else.
  struct Defaults {
    var keyHeads = 16
    var valueHeads = 32
    var keyWidth = 128
    var valueWidth = 128
  }

  init(
    _ c: Configuration, features: Int, _ standard: Defaults = Defaults()
  ) throws(ConfigurationError) {
    self.features = features
    keyHeads = try c.size("linear_num_key_heads", default: standard.keyHeads)
    valueHeads = try c.size("linear_num_value_heads", default: standard.valueHeads)
    keyWidth = try c.size("linear_key_head_dim", default: standard.keyWidth)
    valueWidth = try c.size("linear_value_head_dim", default: standard.valueWidth)
    kernel = try c.size("linear_conv_kernel_dim", default: 4)
  }

  private var inputs: [(name: String, size: Int)] {
    switch maps {
    case .packed: [("in_proj_qkvz", 2 * keys + 2 * values), ("in_proj_ba", 2 * valueHeads)]
    case .joined:
      [("in_proj_qkv", 2 * keys + values), ("in_proj_z", values), ("in_proj_b", valueHeads)]
        + [("in_proj_a", valueHeads)]
    case .apart:
      [("q_proj", keys), ("k_proj", keys), ("v_proj", values), ("a_proj", valueHeads)]
        + [("b_proj", valueHeads), ("g_proj", values)]
    }
  }

  private var keys: Int { keyHeads * keyWidth }
  private var values: Int { valueHeads * valueWidth }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let projected = inputs.map { input in
      Linear(features, input.size, bias: false).named(input.name)(x, in: &graph)
    }
    let type = TensorType(x.type.dataType, [x.size(0), x.size(1), values])
    let mixed = graph.opaque(
      "GatedDeltaRule",
      projected + [
        graph.parameter("conv1d.weight", [2 * keys + values, 1, kernel]),
        graph.parameter("dt_bias", [valueHeads]), graph.parameter("A_log", [valueHeads]),
        graph.parameter(maps == .apart ? "o_norm.weight" : "norm.weight", [valueWidth]),
      ], gives: [type])[0]
    return Linear(values, features, bias: false).named(maps == .apart ? "o_proj" : "out_proj")(
      mixed, in: &graph)
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

extension LlamaStack {
  /// The stack with the delta rule in the place of attention in some layers, perhaps otherwise arranged.
  func blueprint(
    with delta: GatedDeltaNet, where isLinear: [Bool],
    arranged arrangement: DecoderBlock.Arrangement? = nil
  ) -> DecoderBlueprint {
    var blueprint = blueprint
    let attention = attention(nil)
    blueprint.cache = isLinear.map { $0 ? delta.cache : attention.cache() }
    blueprint.decoder.block = { index, tables in
      var block = block(index, tables.first)
      guard isLinear[index] else { return block }
      block.attention = delta
      block.names.attention = "linear_attn"
      if let arrangement { block.arrangement = arrangement }
      return block
    }
    return blueprint
  }
}
