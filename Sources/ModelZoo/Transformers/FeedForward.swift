import ModelGraph

/// The nonlinearity that a configuration names, in the words of transformers' `ACT2FN`.
struct NamedActivation: Layer {
  let name: String

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    switch name {
    case "silu", "swish": return Activation.silu()(x, in: &graph)
    case "gelu", "gelu_python": return Activation.gelu(x, in: &graph)
    case "gelu_pytorch_tanh":
      return graph.call("Gelu", x, attributes: ["approximate": .string("tanh")])
    case "gelu_new", "gelu_fast": return GPT2.TanhGELU()(x, in: &graph)
    case "quick_gelu":
      let gate = graph.apply("Sigmoid", graph.scale(x, by: 1.702))
      return graph.multiply(x, gate)
    case "hardswish": return Activation.hardSwish()(x, in: &graph)
    case "relu6": return Activation.relu6()(x, in: &graph)
    case "relu": return Activation.relu()(x, in: &graph)
    case "relu2":
      let positive = Activation.relu()(x, in: &graph)
      return graph.apply("PowerOfNumber", positive, attributes: ["exponent": .float(2)])
    case "sigmoid": return Activation.sigmoid(x, in: &graph)
    case "tanh": return Activation.tanh(x, in: &graph)
    default: return graph.opaque("Activation", [x], gives: [x.type])[0]
    }
  }
}

/// Two maps up, one of which gates the other, and one down.
///
/// Shazeer, "GLU Variants Improve Transformer", 2020. <https://arxiv.org/abs/2002.05202>
struct GatedFeedForward: Layer {
  var features: Int
  var inner: Int
  var activation = "silu"
  var bias = false
  var gate = "gate_proj"
  var up = "up_proj"
  var down = "down_proj"

  /// The one map to the gate and its counterpart together, if they are not apart.
  var packed: String?

  /// What the product goes through before the map down, by its name.
  var norm: (name: String, layer: FeatureNormalization)?

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (gated, other) = projected(x, in: &graph)
    var product = graph.multiply(gated, other)
    if let norm { product = norm.layer.named(norm.name)(product, in: &graph) }
    return Linear(inner, features, bias: bias).named(down)(product, in: &graph)
  }

  /// The gate after its activation, and its counterpart, in the order in which they are computed.
  private func projected(
    _ x: Variable, in graph: inout GraphBuilder
  ) -> (gate: Variable, up: Variable) {
    let activated = NamedActivation(name: activation).named("act_fn")
    if let packed {
      let both = Linear(features, 2 * inner, bias: bias).named(packed)(x, in: &graph)
      let parts = graph.chunk(both, into: 2, axis: both.shape.count - 1)
      return (activated(parts[0], in: &graph), parts[1])
    }
    let gated = activated(
      Linear(features, inner, bias: bias).named(gate)(x, in: &graph), in: &graph)
    return (gated, Linear(features, inner, bias: bias).named(up)(x, in: &graph))
  }
}

/// A map up, a nonlinearity and a map down.
struct PlainFeedForward: Layer {
  var features: Int
  var inner: Int
  var activation: String
  var bias = true
  var up = "fc1"
  var down = "fc2"
  var dropout = 0.0

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    Sequential {
      Linear(features, inner, bias: bias).named(up)
      NamedActivation(name: activation).named("act")
      Linear(inner, features, bias: bias).named(down)
      Dropout(dropout).named("dropout")
    }(x, in: &graph)
  }
}
