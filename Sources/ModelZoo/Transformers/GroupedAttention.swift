import ModelGraph

/// Attention to what came before, in which groups of query heads share keys and values.
///
/// Ainslie et al., "GQA", 2023. <https://arxiv.org/abs/2305.13245>
struct GroupedAttention: Layer {
  var features: Int
  var heads: Int
  var keyHeads: Int
  var width: Int

  /// The features that come in, where they are not those that go out.
  var inputs: Int?

  /// Whether the maps to queries, keys and values have biases.
  var bias = false
  var outputBias = false
  var names = Names()

  /// The one map to queries, keys and values together, if they are not apart.
  var packed: String?

  /// What queries and keys go through before they are turned.
  var norm: HeadNorm?
  var rotary = RotaryTables(width: 0)
  var dropout = 0.0

  /// Whether a learned number a head takes part in the softmax.
  var hasSinks = false

  /// Whether the map to queries makes a gate of the same width for the output.
  var hasGatedOutput = false

  /// The map to a gate for the output, where it is one of its own.
  var outputGate: String?

  /// What the joined heads go through before the map out, by its name.
  var outputNorm: (name: String, layer: FeatureNormalization)?

  /// Tensors that are kept but not trained.
  var state: [StateTensor] = []

  struct Names: Hashable, Sendable {
    var query = "q_proj"
    var key = "k_proj"
    var value = "v_proj"
    var output = "o_proj"
  }

  /// Normalization of queries and keys.
  struct HeadNorm: Sendable {
    var kind: FeatureNormalization.Kind
    var epsilon: Double
    var span = Span.head
    var queryName = "q_norm"
    var keyName = "k_norm"

    enum Span: Hashable, Sendable {
      /// Each head on its own, with one weight for all.
      case head

      /// Each head on its own, with weights of its own.
      case eachHead

      /// Each head on its own, with its row of one weight.
      case headsApart

      /// All heads as one vector.
      case allHeads
    }
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    for tensor in state { tensor.declare(in: &graph) }
    var parts = projected(x, in: &graph)
    var gate: Variable?
    if hasGatedOutput {
      let halves = graph.chunk(parts[0], into: 2, axis: 2)
      (parts[0], gate) = (halves[0], halves[1])
    }
    if let outputGate {
      gate = Linear(inputs ?? features, heads * width, bias: false).named(outputGate)(
        x, in: &graph)
    }
    let straight = [
      heads(parts[0], heads, normedAs: norm?.queryName, in: &graph),
      heads(parts[1], keyHeads, normedAs: norm?.keyName, in: &graph),
    ]
    let values = graph.hold(heads(parts[2], keyHeads, normedAs: nil, in: &graph))
    let turned = rotary.turn(straight, in: &graph)
    let mixed = attend(turned[0], turned[1], values, in: &graph)
    var joined = graph.view(
      graph.transpose(mixed, 1, 2), [x.size(0), x.size(1), heads * width])
    if let gate { joined = graph.multiply(joined, graph.apply("Sigmoid", gate)) }
    if let outputNorm { joined = outputNorm.layer.named(outputNorm.name)(joined, in: &graph) }
    return Linear(heads * width, features, bias: outputBias).named(names.output)(joined, in: &graph)
  }

  private func attend(
    _ queries: Variable, _ keys: Variable, _ values: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    guard hasSinks else {
      return graph.attention([queries, keys, values], dropout: dropout, isCausal: true)
    }
    let sinks = graph.parameter("sinks", [heads])
    return graph.opaque(
      "AttentionWithSinks", [queries, keys, values, sinks], gives: [queries.type])[0]
  }

  private func projected(_ x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    let sizes = [(hasGatedOutput ? 2 : 1) * heads * width, keyHeads * width, keyHeads * width]
    guard let packed else {
      return zip([names.query, names.key, names.value], sizes).map { name, size in
        Linear(inputs ?? features, size, bias: bias).named(name)(x, in: &graph)
      }
    }
    let all = Linear(features, sizes.reduce(0, +), bias: bias).named(packed)(x, in: &graph)
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return graph.narrow(all, axis: 2, from: start, to: start + size)
    }
  }

  /// The heads of a projection in front of the sequence, normalized if they are to be.
  private func heads(
    _ x: Variable, _ count: Int, normedAs name: String?, in graph: inout GraphBuilder
  ) -> Variable {
    var x = x
    if let norm, let name, norm.span == .allHeads {
      x = FeatureNormalization(kind: norm.kind, features: count * width, epsilon: norm.epsilon)
        .named(name)(x, in: &graph)
    }
    var split = graph.view(x, [x.size(0), x.size(1), count, width])
    if let norm, let name, norm.span == .eachHead {
      split = normalizedOneByOne(split, norm, named: name, in: &graph)
    }
    if let norm, let name, norm.span == .head || norm.span == .headsApart {
      var layer = FeatureNormalization(kind: norm.kind, features: width, epsilon: norm.epsilon)
      if norm.span == .headsApart { layer.weightShape = [count, width] }
      split = layer.named(name)(split, in: &graph)
    }
    return graph.transpose(split, 1, 2)
  }

  private func normalizedOneByOne(
    _ x: Variable, _ norm: HeadNorm, named name: String, in graph: inout GraphBuilder
  ) -> Variable {
    let heads = (0..<x.size(2)).map { index in
      FeatureNormalization(kind: norm.kind, features: width, epsilon: norm.epsilon)
        .named("\(name).norms.\(index)")(
          graph.narrow(x, axis: 2, from: index, to: index + 1), in: &graph)
    }
    return graph.concatenate(heads, axis: 2)
  }

  /// What the layer keeps of the tokens it has seen.
  ///
  /// One feature that is turned by itself comes out as two.
  func cache(window: Int? = nil, turned: Int = 0) -> CacheLayer {
    .attention(
      heads: keyHeads, width: turned == 1 && width == 1 ? 2 : width, valueWidth: width,
      window: window)
  }
}
