// "Olmo Hybrid", Allen Institute for AI, 2026. <https://allenai.org/papers/olmo-hybrid>

import ModelGraph

/// OLMo 3 without windows, three of four layers with gated delta rules, normalized before them.
enum OLMoHybrid {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try OLMo2.stack(
      c,
      .init(
        vocabulary: 100_352, features: 3840, inner: 11008, depth: 32, heads: 30,
        context: 65536))
    let depth = stack.sizes.depth
    var isLinear = try c.layerTypes(depth: depth)?.map { $0 == "linear_attention" }
    if isLinear == nil {
      var standard = (0..<depth).map { $0 % 4 != 3 }
      if !standard.contains(false), depth > 0 { standard[depth - 1] = false }
      isLinear = standard
    }
    let kinds = isLinear ?? []
    // Without a base, nothing turns.
    if try c.partIfAny("rope_parameters")?.isNull("rope_theta") ?? false { stack.rotaryWidth = 0 }
    let delta = try DeltaNet(c, stack.sizes)
    var blueprint = stack.blueprint
    let attention = stack.attention(nil)
    blueprint.cache = kinds.map { $0 ? delta.cache : attention.cache() }
    blueprint.decoder.block = { [stack] index, tables in
      var block = stack.block(index, tables.first)
      guard kinds[index] else { return block }
      block.attention = delta
      block.names.attention = "linear_attn"
      block.arrangement = .normalizedFirst
      return block
    }
    return blueprint
  }

  /// A recurrence with a map for each of its parts.
  private struct DeltaNet: Layer {
    var features: Int
    var keyHeads: Int
    var valueHeads: Int
    var keyWidth: Int
    var valueWidth: Int
    var kernel: Int

    init(_ c: Configuration, _ sizes: DecoderSizes) throws(ConfigurationError) {
      features = sizes.features
      keyHeads = try c.size("linear_num_key_heads", default: sizes.heads)
      valueHeads = try c.size("linear_num_value_heads", default: sizes.heads)
      let width = max(1, Int(0.75 * Double(features) / Double(keyHeads)))
      keyWidth = try c.size("linear_key_head_dim", default: width)
      valueWidth = try c.size("linear_value_head_dim", default: 2 * keyWidth)
      kernel = try c.size("linear_conv_kernel_dim", default: 4)
    }

    private var keys: Int { keyHeads * keyWidth }
    private var values: Int { valueHeads * valueWidth }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let inputs = [
        ("q", keys), ("k", keys), ("v", values), ("a", valueHeads), ("b", valueHeads),
        ("g", values),
      ]
      let projected = inputs.map { name, size in
        Linear(features, size, bias: false).named("\(name)_proj")(x, in: &graph)
      }
      let type = TensorType(x.type.dataType, [x.size(0), x.size(1), values])
      let mixed = graph.opaque(
        "GatedDeltaRule",
        projected + [
          graph.parameter("conv1d.weight", [2 * keys + values, 1, kernel]),
          graph.parameter("A_log", [valueHeads]), graph.parameter("dt_bias", [valueHeads]),
          graph.parameter("o_norm.weight", [valueWidth]),
        ], gives: [type])[0]
      return Linear(values, features, bias: false).named("o_proj")(mixed, in: &graph)
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
}
