// "JetMoE: Reaching Llama2 Performance with 0.1M Dollars", Shen et al., 2024.
// <https://arxiv.org/abs/2404.07413>

import ModelGraph

/// Experts in the networks, and in the maps to queries and from attention.
enum JetMoE {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let keyHeads = try c.size("num_key_value_heads", default: 16)
    let width = try c.size("kv_channels", "head_dim", default: 128)
    let routing = ExpertRouting(
      count: try c.size("num_local_experts", default: 8),
      used: try c.size("num_experts_per_tok", default: 2, in: 1...1024))
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32000, features: 2048, inner: 5632, depth: 12, heads: keyHeads,
        keyHeads: keyHeads, width: width, context: 4096, isTied: true))
    (sizes.heads, sizes.keyHeads, sizes.width) = (keyHeads * routing.used, keyHeads, width)
    sizes.activation = try c.text("activation_function", default: "silu")
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(width)
    stack.names.attention = "self_attention"
    stack.experts = routing
    let base = stack
    let network = Network(
      features: sizes.features, inner: sizes.inner, routing: routing)
    stack.feedForward = { _ in network }
    var blueprint = stack.blueprint
    blueprint.decoder.block = { [stack] index, tables in
      var block = stack.block(index, tables.first)
      block.attention = Attention(
        sizes: base.sizes, routing: routing, rotary: tables.first ?? RotaryTables(width: 0))
      return block
    }
    return blueprint
  }

  /// The maps of all experts, in the two tensors that the library has.
  fileprivate static func weights(
    _ routing: ExpertRouting, inputs: Int, wide: Int, inner: Int, in graph: inout GraphBuilder
  ) -> [Variable] {
    [
      graph.parameter("input_linear.weight", [routing.count, wide, inputs]),
      graph.parameter("output_linear.weight", [routing.count, inputs, inner]),
    ]
  }
}

extension JetMoE {
  /// A mixture of gated networks.
  struct Network: Layer {
    var features: Int
    var inner: Int
    var routing: ExpertRouting

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let rows = graph.view(x, [-1, features])
      let bias = graph.parameter("bias", [features])
      let weights = JetMoE.weights(
        routing, inputs: features, wide: 2 * inner, inner: inner, in: &graph)
      let scores = Linear(features, routing.count, bias: false).named("router.layer")(
        rows, in: &graph)
      let mixed = graph.opaque(
        "MixtureOfExperts", [rows, scores] + weights, gives: [rows.type], layer: .experts)[0]
      return graph.view(graph.add(mixed, bias), x.shape)
    }
  }

  /// Attention whose maps to queries and back are experts'; keys and values are the same for all.
  struct Attention: Layer {
    var sizes: DecoderSizes
    var routing: ExpertRouting
    var rotary: RotaryTables

    private var inner: Int { sizes.keyHeads * sizes.width }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let rows = graph.view(x, [-1, sizes.features])
      let (queries, scores) = graph.scoped("experts") { mapped(x, rows, in: &$0) }
      let both = Linear(sizes.features, 2 * inner, bias: false).named("kv_proj")(x, in: &graph)
      let halves = graph.chunk(both, into: 2, axis: 2)
      let parts = [queries] + halves
      let type = TensorType(x.type.dataType, [x.size(0), x.size(1), routing.used * inner])
      let tables = [rotary.cosine, rotary.sine].compactMap(\.self)
      let mixed = graph.opaque("ExpertAttention", parts + tables, gives: [type])[0]
      return graph.scoped("experts") { output(mixed, scores, x, in: &$0) }
    }

    private func mapped(
      _ x: Variable, _ rows: Variable, in graph: inout GraphBuilder
    ) -> (Variable, Variable) {
      _ = graph.parameter("bias", [sizes.features])
      let weight = graph.parameter(
        "input_linear.weight", [routing.count, inner, sizes.features])
      _ = graph.parameter("output_linear.weight", [routing.count, sizes.features, inner])
      let scores = Linear(sizes.features, routing.count, bias: false).named("router.layer")(
        rows, in: &graph)
      let type = TensorType(x.type.dataType, [x.size(0), x.size(1), routing.used * inner])
      let queries = graph.opaque(
        "ExpertMap", [rows, scores, weight], gives: [type], layer: .experts)[0]
      return (queries, scores)
    }

    private func output(
      _ mixed: Variable, _ scores: Variable, _ x: Variable, in graph: inout GraphBuilder
    ) -> Variable {
      let weight = graph.parameter(
        "output_linear.weight", [routing.count, sizes.features, inner])
      let mapped = graph.opaque(
        "ExpertMap", [mixed, scores, weight], gives: [x.type], layer: .experts)[0]
      return graph.add(mapped, graph.parameter("bias", [sizes.features]))
    }
  }
}
