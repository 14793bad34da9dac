// "Trainable Dynamic Mask Sparse Attention", Shi et al., 2025. <https://arxiv.org/abs/2508.02124>

import ModelGraph

/// Attention with a learned mask, residual sums weighed feature by feature.
enum Doge {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32768, features: 1024, inner: 2048, depth: 32, heads: 8, context: 2048))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    let bias = try c.flag("attention_bias", default: false)
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    var network = Network(gated: stack.gated(sizes.inner))
    if try c.flag("is_moe", default: false) {
      let count = try c.size("num_experts", default: 16384)
      network.routing = ExpertRouting(
        count: count, used: try c.size("num_experts_per_tok", default: 64))
      stack.experts = network.routing
    }
    let window = try c.size(ifAny: "sliding_window")
    stack.windows = try c.windows(depth: sizes.depth, size: window) { _ in true }
    let norm = stack.norm
    var blueprint = stack.blueprint
    blueprint.decoder.block = { [network] _, tables in
      Block(
        attention: Attention(
          sizes: sizes, bias: bias, rotary: tables.first ?? RotaryTables(width: 0)),
        network: network, norm: norm)
    }
    return blueprint
  }
}

extension Doge {
  /// Attention and a network, whose residuals are weighed.
  struct Block: Layer {
    var attention: Attention
    var network: Network
    var norm: FeatureNormalization

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let first = attention.named("self_attn")(
        norm.named("input_layernorm")(x, in: &graph), in: &graph)
      let sum = graph.add(
        graph.multiply(graph.parameter("input_residual", [x.size(-1)]), x), first)
      let second = network.named("mlp")(
        norm.named("post_attention_layernorm")(sum, in: &graph), in: &graph)
      return graph.add(
        graph.multiply(graph.parameter("post_attention_residual", [x.size(-1)]), sum), second)
    }
  }

  /// Grouped attention whose mask follows from the values.
  struct Attention: Layer {
    var sizes: DecoderSizes
    var bias: Bool
    var rotary: RotaryTables

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let keys = sizes.keyHeads * sizes.width
      let queries = head(x, "q", sizes.heads, isNormalized: true, in: &graph)
      let normedKeys = head(x, "k", sizes.keyHeads, isNormalized: true, in: &graph)
      let values = head(x, "v", sizes.keyHeads, isNormalized: false, in: &graph)
      let flat = graph.view(graph.transpose(values, 1, 2), [x.size(0), x.size(1), keys])
      let step = Linear(keys, sizes.keyHeads, bias: bias).named("dt_proj")(flat, in: &graph)
      let decay = graph.parameter("A", [sizes.keyHeads])
      let type = TensorType(
        x.type.dataType, [x.size(0), x.size(1), sizes.heads * sizes.width])
      let mixed = graph.opaque(
        "DynamicMaskAttention", [queries, normedKeys, values, step, decay], gives: [type])[0]
      return Linear(sizes.heads * sizes.width, sizes.features, bias: bias).named("o_proj")(
        mixed, in: &graph)
    }

    private func head(
      _ x: Variable, _ name: String, _ count: Int, isNormalized: Bool, in graph: inout GraphBuilder
    ) -> Variable {
      let mapped = Linear(sizes.features, count * sizes.width, bias: bias).named("\(name)_proj")(
        x, in: &graph)
      var split = graph.view(mapped, [x.size(0), x.size(1), count, sizes.width])
      guard isNormalized else { return graph.transpose(split, 1, 2) }
      split = FeatureNormalization(
        kind: .rootMeanSquare, features: sizes.width, epsilon: sizes.epsilon
      ).named("\(name)_norm")(split, in: &graph)
      return rotary.turn(graph.transpose(split, 1, 2), in: &graph)
    }
  }

  /// A gated network, beside many experts of one feature each if there are any.
  struct Network: Layer {
    var gated: GatedFeedForward
    var routing: ExpertRouting?

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let dense = gated(x, in: &graph)
      guard let routing else { return dense }
      let keys = Int(Double(routing.count).squareRoot())
      let scores = Linear(gated.features, 2 * keys, bias: false).named("router_gate")(
        x, in: &graph)
      let chosen = graph.opaque(
        "ProductKeyChoice", [scores],
        gives: [TensorType(.int64, [x.size(0), x.size(1), routing.used])])[0]
      let rows = ["down_embed", "up_embed"].map {
        Embedding(routing.count, gated.features).named($0)(chosen, in: &graph)
      }
      let mixed = graph.opaque("MixtureOfRows", [x] + rows, gives: [x.type])[0]
      return graph.add(dense, mixed)
    }
  }
}
