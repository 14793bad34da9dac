import ModelGraph

/// The patches of an image as tokens, with learned ones before them and a vector for each place.
///
/// Dosovitskiy et al., 2020. <https://arxiv.org/abs/2010.11929>
struct PatchEmbedding: Layer {
  var sizes: ImageSizes
  var features: Int
  var projection = "patch_embeddings.projection"
  var bias = true

  /// Learned tokens before the patches, which have places.
  var tokens: [Token] = []

  /// Learned tokens that are put in after the places were added.
  var placelessTokens: [Token] = []
  var places = Places.none

  /// Learned vectors of which only another task makes use.
  var unused: [Token] = []
  var dropout = 0.0

  struct Token: Hashable, Sendable {
    var name: String
    var shape: Shape

    /// A token's name; the features are the last axis.
    static func one(_ name: String, _ features: Int) -> Token {
      Token(name: name, shape: [1, 1, features])
    }
  }

  /// How tokens learn where they are.
  enum Places: Hashable, Sendable {
    case none

    /// One tensor with a row for each token.
    case tensor(name: String)

    /// A table, with the numbers of its rows as a buffer.
    case table(name: String, buffer: String?)
  }

  /// The patches and the tokens before them.
  var length: Int { sizes.patches + tokens.map(\.count).reduce(0, +) }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    sizes.check(x, in: &graph)
    for token in unused { _ = graph.parameter(token.name, token.shape) }
    let patches = sizes.patches(of: x, features, bias: bias, named: projection, in: &graph)
    let all = placed(prepend(tokens, to: patches, in: &graph), in: &graph)
    let complete = insert(placelessTokens, into: all, after: 1, in: &graph)
    return Dropout(dropout).named("dropout")(complete, in: &graph)
  }

  private func prepend(
    _ tokens: [Token], to x: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let learned = tokens.map { $0.expanded(x.size(0), features, in: &graph) }
    return learned.isEmpty ? x : graph.concatenate(learned + [x], axis: 1)
  }

  private func insert(
    _ tokens: [Token], into x: Variable, after index: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let learned = tokens.map { $0.expanded(x.size(0), features, in: &graph) }
    // Tokens of which there are none are left out.
    let present = learned.filter { $0.size(1) > 0 }
    guard !present.isEmpty else { return x }
    let first = graph.narrow(x, axis: 1, from: 0, to: index)
    let rest = graph.narrow(x, axis: 1, from: index, to: x.size(1))
    return graph.concatenate([first] + present + [rest], axis: 1)
  }

  private func placed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    switch places {
    case .none: return x
    case .tensor(let name):
      return graph.add(x, graph.parameter(name, [1, length, features]))
    case .table(let name, let buffer):
      let numbers =
        buffer.map { graph.state($0, .int64, [1, length]) } ?? graph.positions(count: length)
      return graph.add(x, Embedding(length, features).named(name)(numbers, in: &graph))
    }
  }
}

extension PatchEmbedding.Token {
  fileprivate var count: Int { shape.count == 3 ? shape[1] : 1 }

  fileprivate func expanded(
    _ batch: Int, _ features: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let token = graph.parameter(name, shape)
    return graph.expand(token, to: [batch, count, features])
  }
}
