// "Apertus: Democratizing Open and Compliant LLMs", 2025. <https://arxiv.org/abs/2509.14233>

import ModelGraph

/// Normalized queries and keys, and plain networks whose nonlinearity is learned.
enum Apertus {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 131_072, features: 4096, inner: 14336, depth: 32, heads: 32, context: 65536,
        epsilon: 1e-5, activation: "xielu"))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.headNorm = .init(kind: .rootMeanSquare, epsilon: sizes.epsilon)
    stack.names.beforeAttention = "attention_layernorm"
    stack.names.beforeFeedForward = "feedforward_layernorm"
    stack.feedForward = { [sizes] _ in
      Network(features: sizes.features, inner: sizes.inner, activation: sizes.activation)
    }
    return stack.blueprint
  }

  /// A plain network, whose nonlinearity has two learned numbers where it is `xielu`.
  struct Network: Layer {
    var features: Int
    var inner: Int
    var activation: String

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let wide = Linear(features, inner, bias: false).named("up_proj")(x, in: &graph)
      let bent = graph.scoped("act_fn") { bend(wide, in: &$0) }
      return Linear(inner, features, bias: false).named("down_proj")(bent, in: &graph)
    }

    private func bend(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      guard activation == "xielu" else { return NamedActivation(name: activation)(x, in: &graph) }
      let slopes = ["alpha_p", "alpha_n"].map { graph.parameter($0, [1]) }
      let limits = ["beta", "eps"].map { graph.state($0, graph.floatingType, []) }
      return graph.opaque("XIELU", [x] + slopes + limits, gives: [x.type])[0]
    }
  }
}
