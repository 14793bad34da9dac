import ModelGraph

/// BERT's block, which may also look at what an encoder gave.
///
/// Devlin et al., "BERT", 2018. <https://arxiv.org/abs/1810.04805>
struct ReadingBlock: Sendable {
  var features: Int
  var inner: Int
  var heads: Int
  var activation: String
  var epsilon: Double
  var dropout: Double

  /// The features of what is looked at; nothing is if `nil`.
  var memoryFeatures: Int?
  var isCausal = false

  /// The name of the maps inside an attention.
  var attention = "self"
  var networks = Networks()

  /// The names of the two halves of the network.
  struct Networks: Hashable, Sendable {
    var up = "intermediate"
    var down = "output"

    /// Networks beside it, for tokens that are none of this run.
    var hasTwin = false
  }

  func callAsFunction(
    _ x: Variable, memory: Variable?, in graph: inout GraphBuilder
  ) -> Variable {
    let own = attend(x, x, "attention", nil, isCausal: isCausal, in: &graph)
    var y = own
    if let memory, let memoryFeatures {
      y = attend(own, memory, "crossattention", memoryFeatures, isCausal: false, in: &graph)
    }
    if networks.hasTwin {
      let read = y
      graph.parametersOnly { feed(read, "intermediate", "output", in: &$0) }
    }
    return feed(y, networks.up, networks.down, in: &graph)
  }

  private func attend(
    _ x: Variable, _ memory: Variable, _ name: String, _ source: Int?, isCausal: Bool,
    in graph: inout GraphBuilder
  ) -> Variable {
    var layer = TokenAttention(
      features: features, heads: heads,
      names: .init(
        query: "\(attention).query", key: "\(attention).key", value: "\(attention).value",
        output: "output.dense"),
      dropout: dropout, isCausal: isCausal)
    layer.memoryFeatures = source
    return graph.scoped(name) { graph in
      let mixed = Dropout(dropout)(layer(x, memory: memory, in: &graph), in: &graph)
      return LayerNorm(features, epsilon: epsilon).named("output.LayerNorm")(
        graph.add(mixed, x), in: &graph)
    }
  }

  private func feed(
    _ x: Variable, _ up: String, _ down: String, in graph: inout GraphBuilder
  ) -> Variable {
    let fed = Sequential {
      Linear(features, inner).named("\(up).dense")
      NamedActivation(name: activation)
      Linear(inner, features).named("\(down).dense")
      Dropout(dropout)
    }(x, in: &graph)
    return LayerNorm(features, epsilon: epsilon).named("\(down).LayerNorm")(
      graph.add(fed, x), in: &graph)
  }
}

extension ReadingBlock {
  /// The sizes under the names that BERT gave them.
  init(_ c: Configuration, heads: Int, dropout: Double) throws(ConfigurationError) {
    features = try c.size("hidden_size", default: 768)
    inner = try c.size("intermediate_size", default: 3072)
    self.heads = try c.size("num_attention_heads", default: heads)
    activation = try c.text("hidden_act", default: "gelu")
    epsilon = try c.number("layer_norm_eps", default: 1e-12)
    self.dropout = try c.number("hidden_dropout_prob", default: dropout)
    guard features % self.heads == 0 else {
      throw .contradiction("\(c.path)\(features) features cannot be split into \(self.heads) heads")
    }
  }
}
