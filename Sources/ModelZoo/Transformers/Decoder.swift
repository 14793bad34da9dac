import ModelGraph

/// Token embeddings, a stack of blocks, a last normalization, and a head.
struct Decoder: Layer {
  var vocabulary: Int
  var features: Int
  var depth: Int
  var head: HeadKind

  /// Whether the head's weight is that of the token embeddings.
  var isTied: Bool
  var norm: FeatureNormalization?
  var rotary: [RotaryModule] = []
  var names = Names()

  /// What stands between the embeddings and the first block: position tables, scaling, dropout.
  var opening: @Sendable (Variable, inout GraphBuilder) -> Variable = { x, _ in x }
  var headBias = false

  /// What stands after the last normalization.
  var closing: @Sendable (Variable, inout GraphBuilder) -> Variable = { x, _ in x }

  /// The name of the stack where it is the whole model; most have none then.
  var bareStack = ""

  /// The width of the embeddings where it is not the stack's.
  var embeddingFeatures: Int?

  /// The rows of the embeddings where they are more than the words that the head tells apart.
  var embeddingRows: Int?

  /// The name of the stack under a head that finds answers, and how many numbers it gives a token.
  var answeringStack = "transformer"
  var answers = 2

  /// The names of the heads that tell tokens apart and whole texts.
  var tokenHead = "score"
  var textHead = "score"

  /// Tensors of the stack that are kept but not trained.
  var state: [StateTensor] = []

  /// The layer at a position, given the tables of each rotary module.
  var block: @Sendable (Int, [RotaryTables]) -> any Layer

  struct RotaryModule: Sendable {
    var name = "rotary_emb"
    var embedding: RotaryEmbedding
  }

  struct Names: Hashable, Sendable {
    var stack = "model"
    var embedding = "embed_tokens"
    var layers = "layers"
    var norm = "norm"
    var head = "lm_head"
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard head != .none else {
      return bareStack.isEmpty
        ? stack(x, in: &graph) : graph.scoped(bareStack) { stack(x, in: &$0) }
    }
    let prefix =
      head == .questionAnswering && names.stack == "model" ? answeringStack : names.stack
    let hidden = graph.scoped(prefix) { stack(x, in: &$0) }
    let headed = LanguageHead(
      kind: head, vocabulary: vocabulary, features: embeddingFeatures ?? features,
      table: isTied ? "\(prefix).\(names.embedding).weight" : nil, name: names.head,
      bias: headBias, tokenHead: tokenHead, textHead: textHead, answers: answers)
    return headed(hidden, in: &graph)
  }

  private func stack(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    for tensor in state { tensor.declare(in: &graph) }
    graph.remember(x, as: "tokens")
    let embedded = Embedding(embeddingRows ?? vocabulary, embeddingFeatures ?? features).named(
      names.embedding)(
        x, in: &graph)
    let opened = opening(embedded, &graph)
    let tables = positionTables(length: x.size(1), in: &graph)
    var hidden = opened
    for index in 0..<depth {
      let layer = block(index, tables)
      hidden = graph.scoped("\(names.layers).\(index)") { graph in layer(hidden, in: &graph) }
    }
    if let norm { hidden = norm.named(names.norm)(hidden, in: &graph) }
    return closing(hidden, &graph)
  }

  private func positionTables(length: Int, in graph: inout GraphBuilder) -> [RotaryTables] {
    guard !rotary.isEmpty else { return [] }
    let positions = graph.hold(graph.positions(count: length))
    return rotary.map { module in
      graph.scoped(module.name) { module.embedding(positions: positions, in: &$0) }
    }
  }
}

/// The map from the last hidden states to what a task asks for.
struct LanguageHead: Layer {
  var kind: HeadKind
  var vocabulary: Int
  var features: Int

  /// The whole name of the embedding table that is the weight too; `nil` if they are apart.
  var table: String?
  var name = "lm_head"
  var bias = false
  var tokenHead = "score"
  var textHead = "score"
  var answers = 2

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    switch kind {
    case .none: x
    case .nextToken: graph.scoped(name) { tokens(x, in: &$0) }
    case .sequenceClassification(let labels):
      Linear(features, labels, bias: false).named(textHead)(x, in: &graph)
    case .tokenClassification(let labels):
      Linear(features, labels).named(tokenHead)(x, in: &graph)
    case .questionAnswering: Linear(features, answers).named("qa_outputs")(x, in: &graph)
    }
  }

  private func tokens(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard let table else { return Linear(features, vocabulary, bias: bias)(x, in: &graph) }
    let weight = graph.parameter(path: table, [vocabulary, features])
    graph.tie("weight", to: weight)
    return graph.call("Linear", x, weight, bias ? graph.parameter("bias", [vocabulary]) : nil)
  }
}
