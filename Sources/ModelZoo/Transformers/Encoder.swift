import ModelGraph

/// Embeddings and blocks, perhaps a vector for the whole text, and what a task puts on top.
struct Encoder: Layer {
  /// The name of the stack in models with a head, such as `bert`.
  var base: String

  /// Everything up to the last hidden states.
  var stack: any Layer

  /// What makes one vector of the text; `nil` if there is nothing of the kind.
  var pooler: (any Layer)?

  /// What a task adds; `nil` for the stack alone.
  var head: Head?

  /// Maps the hidden states, and the vector of the text where there is one, to scores.
  typealias Head =
    @Sendable (_ hidden: Variable, _ pooled: Variable, inout GraphBuilder) -> Variable

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (hidden, pooled) = graph.scoped(head == nil ? "" : base) { graph in
      let hidden = stack(x, in: &graph)
      return (hidden, pooler?(hidden, in: &graph) ?? hidden)
    }
    return head?(hidden, pooled, &graph) ?? pooled
  }

  /// A head that reads the hidden state of every token.
  static func onTokens(_ layer: some Layer) -> Head {
    { hidden, _, graph in layer(hidden, in: &graph) }
  }

  /// A head that reads the vector of the text.
  static func onText(_ layer: some Layer) -> Head {
    { _, pooled, graph in layer(pooled, in: &graph) }
  }
}

/// The hidden state of the first token, which stands for the whole text.
struct FirstToken: Layer {
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.select(x, axis: 1, index: 0)
  }
}

/// The hidden states of all tokens behind the first.
struct AfterFirstToken: Layer {
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    graph.narrow(x, axis: 1, from: 1, to: x.size(1))
  }
}

/// A map of the first token's hidden state, squashed.
struct FirstTokenPooler: Layer {
  var features: Int
  var outputs: Int?
  var name = "pooler.dense"
  var activation = "tanh"

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    Sequential {
      FirstToken()
      Linear(features, outputs ?? features).named(name)
      NamedActivation(name: activation)
    }(x, in: &graph)
  }
}
