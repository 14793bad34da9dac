// "RecurrentGemma: Moving Past Transformers for Efficient Open Language Models", 2024.
// <https://arxiv.org/abs/2404.07839>

import ModelGraph

/// Gated linear recurrences, and attention to a window in every third layer.
enum RecurrentGemma {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 256000, features: 2560, inner: 7680, depth: 26, heads: 10, context: 8192,
        activation: "gelu_pytorch_tanh", isTied: true))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = 0
    stack.normKind = .rootMeanSquareFromOne
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = true
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.feedForwardBias = true
    stack.sizes.inner = max(1, sizes.inner / 2)
    stack.decoderNames.norm = "final_norm"
    stack.names = .init(
      attention: "temporal_block", feedForward: "mlp_block", beforeAttention: "temporal_pre_norm",
      beforeFeedForward: "channel_pre_norm")
    stack.opening = { x, graph in
      graph.multiply(x, graph.cast(graph.state("normalizer", .bfloat16, []), to: x.type.dataType))
    }
    return try blueprint(stack, c)
  }

  private static func blueprint(
    _ stack: LlamaStack, _ c: Configuration
  ) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = stack.sizes
    let recurrence = RecurrentBlock(
      features: sizes.features, width: try c.size("lru_width", default: sizes.features),
      heads: sizes.heads, kernel: try c.size("conv1d_width", default: 4),
      activation: sizes.activation)
    let attention = OwnRotaryAttention(
      attention: stack.attention(nil),
      width: Int(Double(sizes.width) * (try c.rotaryFactor(default: 0.5))))
    let window = try c.size("attention_window_size", "sliding_window", default: 2048)
    let kinds = try c.texts("block_types") ?? ["recurrent", "recurrent", "attention"]
    guard !kinds.isEmpty else { throw .contradiction("\(c.path)block_types is empty") }
    let isRecurrent = (0..<sizes.depth).map { kinds[$0 % kinds.count] == "recurrent" }
    var blueprint = stack.blueprint
    blueprint.cache = isRecurrent.map {
      $0 ? recurrence.cache : attention.attention.cache(window: window)
    }
    blueprint.decoder.block = { index, _ in
      var block = stack.block(index, nil)
      block.attention = attention
      if isRecurrent[index] { block.attention = recurrence }
      return block
    }
    return blueprint
  }
}

/// Attention with its own tables of positions.
struct OwnRotaryAttention: Layer {
  var attention: GroupedAttention

  /// The features of a head that are turned.
  var width: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var attention = attention
    attention.rotary = graph.scoped("rotary_emb") { graph in
      let positions = graph.positions(count: x.size(1))
      return RotaryEmbedding(width: width)(positions: positions, in: &graph)
    }
    return attention(x, in: &graph)
  }
}

/// A gated linear recurrence behind a short convolution.
struct RecurrentBlock: Layer {
  var features: Int
  var width: Int
  var heads: Int
  var kernel: Int
  var activation: String

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let gate = NamedActivation(name: activation)(
      Linear(features, width).named("linear_y")(x, in: &graph), in: &graph)
    let input = Linear(features, width).named("linear_x")(x, in: &graph)
    let filters = graph.scoped("conv_1d") { graph in
      [graph.parameter("weight", [width, 1, kernel]), graph.parameter("bias", [width])]
    }
    let mixed = graph.opaque("CausalConvolution", [input] + filters, gives: [input.type])[0]
    let recurred = graph.scoped("rg_lru") { graph in
      graph.opaque("LinearRecurrence", [mixed] + gates(in: &graph), gives: [mixed.type])[0]
    }
    return Linear(width, features).named("linear_out")(
      graph.multiply(recurred, gate), in: &graph)
  }

  private func gates(in graph: inout GraphBuilder) -> [Variable] {
    let each = max(1, width / heads)
    return [graph.parameter("recurrent_param", [width])]
      + ["input_gate", "recurrent_gate"].flatMap { name in
        [
          graph.parameter("\(name)_weight", [heads, each, each]),
          graph.parameter("\(name)_bias", [heads, each]),
        ]
      }
  }

  /// The last inputs of the convolution and the state of the recurrence, in single precision.
  var cache: CacheLayer {
    CacheLayer([
      CachedTensor("conv_states", [width, kernel - 1], .fixed),
      CachedTensor("recurrent_states", [width], .fixed, dataType: .float32),
    ])
  }
}
