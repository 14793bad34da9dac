import ModelGraph

/// The sum of what stands where in which part of a text, normalized.
struct EncoderEmbeddings: Layer {
  var vocabulary: Int
  var features: Int
  var context: Int

  /// The kinds of parts; none are told apart if it is zero.
  var types: Int
  var positions = Positions.inOrder
  var epsilon: Double
  var dropout: Double

  /// Kinds of tasks, whose vector is added too; none if it is zero.
  var tasks = 0

  /// Rows of the table of positions before the first place.
  var rowsBefore = 0

  /// Whether the sum is normalized.
  var hasNorm = true

  /// Whether the kinds of parts of an unmarked text are kept as state.
  var keepsTypes = true

  /// Whether the numbers of the places are kept as state.
  var keepsPositions = true

  enum Positions: Hashable, Sendable {
    case inOrder

    /// Told elsewhere, by turning queries and keys.
    case none

    /// Counted from behind the number of the filling token, fillings left out.
    case afterPadding(Int)
  }

  init(_ sizes: EncoderSizes) {
    vocabulary = sizes.vocabulary
    features = sizes.embedded
    context = sizes.context
    types = sizes.types
    epsilon = sizes.epsilon
    dropout = sizes.dropout
  }

  /// The longest text.
  var longest: Int {
    switch positions {
    case .inOrder, .none: context
    case .afterPadding(let padding): context - padding - 1
    }
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let length = x.size(1)
    graph.require(length <= longest, "positions are learned up to \(longest), not \(length)")
    let position = position(of: x, in: &graph)
    let kinds = keptTypes(at: position, of: x, in: &graph)
    var sum = graph.hold(
      Embedding(vocabulary, features).named("word_embeddings")(x, in: &graph))
    if types > 0 {
      let parts = graph.hold(
        Embedding(types, features).named("token_type_embeddings")(kinds ?? x, in: &graph))
      sum = graph.add(sum, parts)
    }
    if positions != .none {
      let places = graph.hold(
        Embedding(context + rowsBefore, features).named("position_embeddings")(position, in: &graph)
      )
      sum = graph.add(sum, places)
    }
    if tasks > 0 { sum = graph.add(sum, task(of: x, in: &graph), inPlace: true) }
    return Sequential {
      if hasNorm { LayerNorm(features, epsilon: epsilon).named("LayerNorm") }
      Dropout(dropout).named("dropout")
    }(sum, in: &graph)
  }

  private func position(of x: Variable, in graph: inout GraphBuilder) -> Variable {
    let kept = keepsPositions ? graph.state("position_ids", .int64, [1, context]) : nil
    if case .afterPadding = positions { return counted(x, in: &graph) }
    guard let kept else { return x }
    return graph.narrow(kept, axis: 1, from: 0, to: x.size(1))
  }

  /// The kind of part of every token, all the same where nobody marks them.
  private func keptTypes(
    at position: Variable, of x: Variable, in graph: inout GraphBuilder
  ) -> Variable? {
    guard keepsTypes else { return types > 0 ? graph.scale(x, by: 0) : nil }
    let kept = graph.state("token_type_ids", .int64, [1, context])
    let rows = position.size(0)
    let sentence = graph.apply(
      "GatherElements", rows == 1 ? kept : graph.expand(kept, to: [rows, context]), position,
      attributes: ["axis": .integer(1)])
    return graph.expand(sentence, to: x.shape)
  }

  private func task(of x: Variable, in graph: inout GraphBuilder) -> Variable {
    let none = graph.scale(x, by: 0)
    return Embedding(tasks, features).named("task_type_embeddings")(none, in: &graph)
  }

  /// The number of each token among those that do not fill up.
  private func counted(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard case .afterPadding(let padding) = positions else { return x }
    let isText = graph.apply(
      "NotEqual", x, attributes: ["value": .float(Double(padding))])
    let mask = graph.cast(isText, to: .int32)
    let sums = graph.cast(graph.apply("CumSum", mask, graph.constant([1])), to: .int32)
    let counts = graph.multiply(graph.add(sums, number: 0), mask)
    return graph.add(graph.cast(counts, to: .int64), number: Double(padding))
  }
}
