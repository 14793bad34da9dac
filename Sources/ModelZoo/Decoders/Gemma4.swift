// "Gemma 4", 2026. <https://ai.google.dev/gemma/docs/core/model_card_4>

import ByteFormats
import ModelGraph

/// Gemma with wider heads where everything is seen, and in some sizes shared keys, layers' own
/// inputs, or experts beside each network.
enum Gemma4 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 262_144, features: 2304, inner: 9216, depth: 30, heads: 8, keyHeads: 4,
        width: 256, context: 131_072, activation: "gelu_pytorch_tanh", isTied: true))
    let kinds = try kinds(c, depth: sizes.depth)
    let attentions = try attentions(c, sizes, kinds)
    let inputs = try inputs(c, sizes)
    let mixture = try mixture(c, sizes)
    let norm = LlamaStack(sizes).norm
    let isDoubled = try c.flag("use_double_wide_mlp", default: false)
    var decoder = Decoder(
      vocabulary: sizes.vocabulary, features: sizes.features, depth: sizes.depth,
      head: sizes.head, isTied: sizes.isTied, norm: norm,
      rotary: rotaryModules(attentions, kinds)
    ) { index, tables in
      var attention = attentions[index]
      attention.rotary = (kinds[index] ? tables.first : tables.last) ?? RotaryTables(width: 0)
      let factor = isDoubled && attention.source == .reused ? 2 : 1
      return Block(
        index: index, attention: attention,
        network: LlamaStack(sizes).gated(factor * sizes.inner), norm: norm,
        activation: sizes.activation, inputs: inputs, mixture: mixture)
    }
    decoder.opening = { x, graph in
      let scaled = Gemma.scaled(x, in: &graph)
      inputs?.make(scaled, in: &graph)
      return scaled
    }
    let window = try window(c)
    return DecoderBlueprint(
      decoder: decoder,
      cache: zip(attentions, kinds).map { $0.cache(window: $1 ? nil : window) },
      context: sizes.context, experts: mixture?.routing)
  }

  private static func window(_ c: Configuration) throws(ConfigurationError) -> Int {
    let window = try c.size("sliding_window", default: 512)
    let isTwoSided = c.entry(["use_bidirectional_attention"])?.value.string == "all"
    return isTwoSided ? window / 2 + 1 : window
  }

  /// Whether each layer sees everything; the last one always does.
  private static func kinds(_ c: Configuration, depth: Int) throws(ConfigurationError) -> [Bool] {
    var kinds =
      try c.layerTypes(depth: depth)?.map { $0 == "full_attention" }
      ?? (0..<depth).map { ($0 + 1) % 6 == 0 }
    if !kinds.isEmpty { kinds[kinds.count - 1] = true }
    return kinds
  }

  private static func attentions(
    _ c: Configuration, _ sizes: DecoderSizes, _ kinds: [Bool]
  ) throws(ConfigurationError) -> [SharedKeyAttention] {
    let isWithoutValues = try c.flag("attention_k_eq_v", default: false)
    let wide = try c.size("global_head_dim", default: 512)
    let keyHeads =
      isWithoutValues
      ? try c.size("num_global_key_value_heads", default: sizes.keyHeads) : sizes.keyHeads
    // A part that is there and says nothing leaves all layers alike.
    let overrides =
      c.isNull("per_layer_config")
      ? try c.part("per_layer_config") : try c.partIfAny("per_layer_config")
    let firstReused = max(0, sizes.depth - (try c.count("num_kv_shared_layers", default: 0)))
    var attention = SharedKeyAttention(
      features: sizes.features, heads: sizes.heads, keyHeads: sizes.keyHeads, width: sizes.width,
      bias: try c.flag("attention_bias", default: false), epsilon: sizes.epsilon,
      dropout: try c.number("attention_dropout", default: 0))
    var attentions: [SharedKeyAttention] = []
    let plain = attention
    for (index, seesEverything) in kinds.enumerated() {
      attention = plain
      attention.kind = seesEverything ? "full" : "window"
      attention.source =
        index >= firstReused ? .reused : seesEverything && isWithoutValues ? .keysAsValues : .own
      if let overrides {
        let layer = try overrides.part(numbered: index)
        attention.width = try layer.size("head_dim", default: sizes.width)
        attention.keyHeads = try layer.size("num_key_value_heads", default: sizes.keyHeads)
      } else if seesEverything {
        (attention.width, attention.keyHeads) = (wide, keyHeads)
      }
      attentions.append(attention)
    }
    try checkReuse(kinds, firstReused)
    return attentions
  }

  private static func checkReuse(
    _ kinds: [Bool], _ firstReused: Int
  ) throws(ConfigurationError) {
    guard Set(kinds.prefix(firstReused)) == Set(kinds) || firstReused >= kinds.count else {
      throw .contradiction("layers share keys of a kind that no layer before them makes")
    }
  }

  private static func rotaryModules(
    _ attentions: [SharedKeyAttention], _ kinds: [Bool]
  ) -> [Decoder.RotaryModule] {
    [(true, "full_attention"), (false, "sliding_attention")].compactMap { seesEverything, name in
      guard let index = kinds.firstIndex(of: seesEverything) else { return nil }
      return .init(
        embedding: RotaryEmbedding(
          width: attentions[index].width,
          tables: ["\(name)_inv_freq", "\(name)_original_inv_freq"]))
    }
  }

  private static func inputs(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> LayerInputs? {
    let width = try c.count("hidden_size_per_layer_input", default: 256)
    guard width > 0, !c.isNull("hidden_size_per_layer_input") else { return nil }
    return LayerInputs(
      vocabulary: try c.size("vocab_size_per_layer_input", default: 262_144),
      features: sizes.features, width: width, depth: sizes.depth, epsilon: sizes.epsilon)
  }

  private static func mixture(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> Mixture? {
    guard try c.flag("enable_moe_block", default: false) else { return nil }
    guard let count = try c.size(ifAny: "num_experts"),
      let used = try c.size(ifAny: "top_k_experts"),
      let inner = try c.size(ifAny: "moe_intermediate_size")
    else { throw .missing(key: "\(c.path)num_experts, top_k_experts or moe_intermediate_size") }
    return Mixture(
      features: sizes.features, inner: inner, routing: ExpertRouting(count: count, used: used),
      epsilon: sizes.epsilon)
  }
}

extension Gemma4 {
  /// Attention, a network, experts beside it if there are any, and the layer's own input.
  struct Block: Layer {
    var index: Int
    var attention: SharedKeyAttention
    var network: GatedFeedForward
    var norm: FeatureNormalization
    var activation: String
    var inputs: LayerInputs?
    var mixture: Mixture?

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let normalized = norm.named("input_layernorm")(x, in: &graph)
      let attended = norm.named("post_attention_layernorm")(
        attention.named("self_attn")(normalized, in: &graph), in: &graph)
      let sum = graph.add(x, attended)
      var y = graph.add(
        sum, norm.named("post_feedforward_layernorm")(fed(sum, in: &graph), in: &graph))
      if let inputs {
        y = graph.add(y, inputs.branch(y, index, activation: activation, in: &graph))
      }
      let scalar = graph.cast(graph.state("layer_scalar", .float32, [1]), to: y.type.dataType)
      return graph.multiply(y, scalar)
    }

    private func fed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let normalized = norm.named("pre_feedforward_layernorm")(x, in: &graph)
      let dense = network.named("mlp")(normalized, in: &graph)
      guard let mixture else { return dense }
      let first = norm.named("post_feedforward_layernorm_1")(dense, in: &graph)
      let scores = mixture.scores(x, in: &graph)
      let rows = norm.named("pre_feedforward_layernorm_2")(x, in: &graph)
      let second = norm.named("post_feedforward_layernorm_2")(
        mixture.mix(rows, scores, in: &graph), in: &graph)
      return graph.add(first, second)
    }
  }

  /// A router over what the network does not see, and experts.
  struct Mixture: Sendable {
    var features: Int
    var inner: Int
    var routing: ExpertRouting
    var epsilon: Double

    func scores(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      graph.scoped("router") { graph in
        let normalized = FeatureNormalization(
          kind: .rootMeanSquareUnlearned, features: features, epsilon: epsilon
        ).named("norm")(x, in: &graph)
        let scaled = graph.multiply(normalized, graph.parameter("scale", [features]))
        let scores = Linear(features, routing.count, bias: false).named("proj")(scaled, in: &graph)
        return graph.multiply(scores, graph.parameter("per_expert_scale", [routing.count]))
      }
    }

    func mix(_ x: Variable, _ scores: Variable, in graph: inout GraphBuilder) -> Variable {
      graph.scoped("experts") { graph in
        let weights = [
          graph.parameter("gate_up_proj", [routing.count, 2 * inner, features]),
          graph.parameter("down_proj", [routing.count, features, inner]),
        ]
        return graph.opaque(
          "MixtureOfExperts", [x, scores] + weights, gives: [x.type], layer: .experts)[0]
      }
    }
  }
}
