import ModelGraph

/// Attention of a sequence to itself or to another one, up to the map that mixes the heads.
struct Attention: Layer {
  var features: Int
  var heads: Int

  /// The features of a head.
  var width: Int
  var names = Names()
  var bias = Biases()

  /// The one map to queries, keys and values together, if they are not apart.
  var packed: String?
  var dropout = 0.0
  var isCausal = false

  /// What keys and values are made of; the sequence itself if there is nothing else.
  var source: Variable?

  /// What is added to the scores, `[batch, heads, queries, keys]`, sizes of one repeated.
  var offset: Variable?
  var rotary = RotaryTables(width: 0)

  /// Whether values are turned too.
  var turnsValues = false

  var kernel = Kernel.fused

  /// How many modules further out the block is.
  var modulesToBlock = 1

  /// How heads are mixed.
  enum Kernel: Hashable, Sendable {
    /// By PyTorch's one function for attention.
    case fused

    /// By products and a softmax of their own.
    case writtenOut

    /// In a way that is not written out here, by its name.
    case opaque(String)
  }

  struct Names: Hashable, Sendable {
    var query = "q_proj"
    var key = "k_proj"
    var value = "v_proj"
  }

  /// Which of the maps have biases.
  struct Biases: Hashable, Sendable {
    var query = true
    var key = true
    var value = true

    static let none = Biases(query: false, key: false, value: false)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let parts = heads(of: x, in: &graph)
    let queries = rotary.turn(parts[0], in: &graph)
    let keys = rotary.turn(parts[1], in: &graph)
    var values = parts[2]
    if turnsValues { values = rotary.turn(values, in: &graph) }
    let mixed = mix(queries, keys, values, in: &graph)
    return graph.view(graph.transpose(mixed, 1, 2), [x.size(0), x.size(1), heads * width])
  }

  /// The heads of queries, keys and values.
  private func heads(of x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    if let packed {
      let all = Linear(features, 3 * heads * width, bias: bias.query).named(packed)(x, in: &graph)
      return graph.chunk(all, into: 3, axis: 2).map { split($0, in: &graph) }
    }
    let other = source ?? x
    return [
      project(x, features, names.query, bias.query, in: &graph),
      project(other, features, names.key, bias.key, in: &graph),
      project(other, features, names.value, bias.value, in: &graph),
    ]
  }

  private func project(
    _ x: Variable, _ features: Int, _ name: String, _ bias: Bool, in graph: inout GraphBuilder
  ) -> Variable {
    split(Linear(features, heads * width, bias: bias).named(name)(x, in: &graph), in: &graph)
  }

  /// The heads in front of the sequence.
  private func split(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let heads = graph.view(x, [x.size(0), x.size(1), heads, width])
    return graph.hold(graph.transpose(heads, 1, 2))
  }

  private func mix(
    _ queries: Variable, _ keys: Variable, _ values: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    switch kernel {
    case .fused:
      graph.attention(
        [queries, keys, values], mask: offset, dropout: dropout, isCausal: isCausal,
        modulesToBlock: modulesToBlock)
    case .writtenOut: writtenOut(queries, keys, values, in: &graph)
    case .opaque(let name):
      graph.opaque(
        name, [queries, keys, values, offset], gives: [queries.type], layer: .attention)[0]
    }
  }

  private func writtenOut(
    _ queries: Variable, _ keys: Variable, _ values: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let products = graph.matrixProduct(queries, graph.transpose(keys, 2, 3))
    var scores = graph.scale(products, by: 1 / Double(max(1, width)).squareRoot())
    if let offset { scores = graph.add(scores, offset) }
    let weights = Dropout(dropout)(graph.softmax(scores), in: &graph)
    return graph.matrixProduct(weights, values)
  }

  /// What the layer keeps of the tokens it has seen.
  var cache: CacheLayer { .attention(heads: heads, width: width) }
}
