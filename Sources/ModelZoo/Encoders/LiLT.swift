// "LiLT: A Simple yet Effective Language-Independent Layout Transformer for Structured Document
// Understanding", Wang, Jin and Ding, 2022. <https://arxiv.org/abs/2202.13669>

import ModelGraph

/// RoBERTa over words beside a narrow one over their places on a page, whose scores are added up.
enum LiLT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(
      try c.className(default: "LiltModel"),
      endingIn: [
        "LiltModel", "ForSequenceClassification", "ForTokenClassification", "ForQuestionAnswering",
      ])
    let sizes = try EncoderSizes(c)
    let shrink = try c.size("channel_shrink_ratio", default: 4)
    guard sizes.width % shrink == 0, sizes.features % 6 == 0 else {
      throw .contradiction(
        "\(c.path)heads of \(sizes.width) features cannot be narrowed \(shrink) times, or "
          + "\(sizes.features) features be split by 6")
    }
    var embeddings = EncoderEmbeddings(sizes)
    embeddings.positions = .afterPadding(sizes.padding)
    embeddings.keepsTypes = false
    let stack = Stack(
      sizes: sizes, embeddings: embeddings, narrow: sizes.features / shrink, shrink: shrink,
      places: try c.size("max_2d_position_embeddings", default: 1024))
    let network = Encoder(
      base: "lilt", stack: stack,
      pooler: sizes.task == .none ? FirstTokenPooler(features: sizes.features) : nil,
      head: RoBERTa.head(sizes, table: ""))
    return Blueprint(network: network, input: sizes.input(longest: embeddings.longest))
  }

  fileprivate struct Stack: Layer {
    let sizes: EncoderSizes
    let embeddings: EncoderEmbeddings
    let narrow: Int
    let shrink: Int
    let places: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var words = embeddings.named("embeddings")(x, in: &graph)
      var layout = graph.scoped("layout_embeddings") { self.layout(x, in: &$0) }
      for index in 0..<sizes.depth {
        let input = (words, layout)
        (words, layout) = graph.scoped("encoder.layer.\(index)") { graph in
          block(input.0, input.1, in: &graph)
        }
      }
      return words
    }

    private func layout(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let page = PagePlaces(
        rows: places, edgeFeatures: sizes.features / 6, sizeFeatures: sizes.features / 6)
      let mapped = Linear(sizes.features, narrow).named("box_linear_embeddings")(
        page(x, in: &graph), in: &graph)
      let order = graph.scale(x, by: 1)
      let rows = Embedding(sizes.context, narrow).named("box_position_embeddings")(
        order, in: &graph)
      return Sequential {
        LayerNorm(narrow, epsilon: sizes.epsilon).named("LayerNorm")
        Dropout(sizes.dropout)
      }(graph.add(mapped, rows), in: &graph)
    }
  }
}

extension LiLT.Stack {
  private func block(
    _ words: Variable, _ layout: Variable, in graph: inout GraphBuilder
  ) -> (Variable, Variable) {
    let (mixed, placed) = graph.scoped("attention.self") { attend(words, layout, in: &$0) }
    let attended = close(mixed, words, sizes.features, "attention.output", in: &graph)
    let settled = close(placed, layout, narrow, "attention.layout_output", in: &graph)
    return (
      feed(attended, sizes.features, sizes.inner, "", in: &graph),
      feed(settled, narrow, sizes.inner / shrink, "layout_", in: &graph)
    )
  }

  private func attend(
    _ words: Variable, _ layout: Variable, in graph: inout GraphBuilder
  ) -> (Variable, Variable) {
    let read = heads(words, sizes.features, "", in: &graph)
    let seen = heads(layout, narrow, "layout_", in: &graph)
    let scores = [read, seen].map { parts in
      let product = graph.matrixProduct(parts[0], graph.transpose(parts[1], -1, -2))
      return graph.scale(product, by: 1 / Double(max(1, parts[0].size(-1))).squareRoot())
    }
    return (
      mix(graph.add(scores[0], scores[1]), read[2], in: &graph),
      mix(graph.add(scores[1], scores[0]), seen[2], in: &graph)
    )
  }

  private func heads(
    _ x: Variable, _ features: Int, _ prefix: String, in graph: inout GraphBuilder
  ) -> [Variable] {
    ["query", "key", "value"].map { name in
      let all = Linear(features, features).named(prefix + name)(x, in: &graph)
      let split = graph.view(
        all, [x.size(0), x.size(1), sizes.heads, features / sizes.heads])
      return graph.transpose(split, 1, 2)
    }
  }

  private func mix(
    _ scores: Variable, _ values: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let weights = Dropout(sizes.attentionDropout)(graph.softmax(scores), in: &graph)
    let mixed = graph.reorder(graph.matrixProduct(weights, values), [0, 2, 1, 3])
    return graph.view(mixed, [mixed.size(0), mixed.size(1), mixed.size(2) * mixed.size(3)])
  }

  private func close(
    _ x: Variable, _ rest: Variable, _ features: Int, _ module: String,
    inner: Int? = nil, in graph: inout GraphBuilder
  ) -> Variable {
    graph.scoped(module) { graph in
      let mapped = Sequential {
        Linear(inner ?? features, features).named("dense")
        Dropout(sizes.dropout)
      }(x, in: &graph)
      return LayerNorm(features, epsilon: sizes.epsilon).named("LayerNorm")(
        graph.add(mapped, rest), in: &graph)
    }
  }

  private func feed(
    _ x: Variable, _ features: Int, _ inner: Int, _ prefix: String, in graph: inout GraphBuilder
  ) -> Variable {
    let wide = Sequential {
      Linear(features, inner).named("\(prefix)intermediate.dense")
      NamedActivation(name: sizes.activation)
    }(x, in: &graph)
    return close(wide, x, features, "\(prefix)output", inner: inner, in: &graph)
  }
}

/// Vectors of the edges of words on a page and of their sizes, side by side.
///
/// Takes `bbox`, the four edges of each word.
struct PagePlaces: Layer {
  /// The rows of each table.
  var rows: Int
  var edgeFeatures: Int
  var sizeFeatures: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let edges = graph.input("bbox", TensorType(.int64, [x.size(0), x.size(1), 4]))
    let parts = [("x", 0), ("y", 1), ("x", 2), ("y", 3), ("h", 3), ("w", 2)]
    let vectors = parts.map { name, edge in
      let isEdge = name == "x" || name == "y"
      return Embedding(rows, isEdge ? edgeFeatures : sizeFeatures)
        .named("\(name)_position_embeddings")(
          graph.select(edges, axis: 2, index: edge), in: &graph)
    }
    return graph.concatenate(vectors, axis: 2)
  }
}
