import ModelGraph

/// Embeddings of three neighbours each, and MobileBERT's blocks.
struct MobileBERTStack: Layer {
  let sizes: EncoderSizes
  let shape: MobileBERTShape

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let embedded = graph.scoped("embeddings") { embed(x, in: &$0) }
    var hidden = embedded
    for index in 0..<sizes.depth {
      hidden = graph.scoped("encoder.layer.\(index)") { block(hidden, in: &$0) }
    }
    return hidden
  }

  private func embed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (length, features) = (x.size(1), sizes.features)
    let ordered = graph.state("position_ids", .int64, [1, sizes.context])
    graph.require(
      length <= sizes.context, "positions are learned up to \(sizes.context), not \(length)")
    var words = Embedding(sizes.vocabulary, sizes.embedded).named("word_embeddings")(x, in: &graph)
    if shape.hasTrigrams { words = trigrams(words, in: &graph) }
    let wide = Linear(words.size(2), features).named("embedding_transformation")(words, in: &graph)
    let position = graph.narrow(ordered, axis: 1, from: 0, to: length)
    let places = Embedding(sizes.context, features).named("position_embeddings")(
      position, in: &graph)
    let parts = Embedding(max(1, sizes.types), features).named("token_type_embeddings")(
      graph.scale(x, by: 0), in: &graph)
    let sum = graph.add(graph.add(wide, places), parts)
    return Sequential {
      SimpleNorm(features: features, isSimple: shape.isNormSimple, epsilon: 1e-5).named("LayerNorm")
      Dropout(sizes.dropout).named("dropout")
    }(sum, in: &graph)
  }

  /// Each token between its two neighbours.
  private func trigrams(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let length = x.size(1)
    guard length > 1 else { return graph.concatenate([x, x, x], axis: 2) }
    let next = graph.pad(
      graph.narrow(x, axis: 1, from: 1, to: length), before: [0, 0, 0], after: [0, 1, 0])
    let last = graph.pad(
      graph.narrow(x, axis: 1, from: 0, to: length - 1), before: [0, 1, 0], after: [0, 0, 0])
    return graph.concatenate([next, x, last], axis: 2)
  }

  // MARK: Blocks

  private func block(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var (queries, values, inside) = (x, x, x)
    if shape.hasBottleneck {
      inside = narrowed(x, "bottleneck.input", in: &graph)
      if shape.isAttentionNarrow {
        (queries, values) = (inside, inside)
      } else if shape.sharesQueriesAndKeys {
        queries = narrowed(x, "bottleneck.attention", in: &graph)
      }
    }
    if shape.sharesQueriesAndKeys, shape.isAttentionNarrow, shape.hasBottleneck {
      // The map is there, and nothing runs it.
      graph.parametersOnly { narrowed(x, "bottleneck.attention", in: &$0) }
    }
    let mixed = graph.scoped("attention.self") { attend(queries, values, in: &$0) }
    var hidden = finish(mixed, shape.inside, "attention.output", inside, in: &graph)
    for index in 0..<max(0, shape.networks - 1) {
      let inner = up(hidden, "ffn.\(index).intermediate", in: &graph)
      hidden = finish(inner, sizes.inner, "ffn.\(index).output", hidden, in: &graph)
    }
    let inner = up(hidden, "intermediate", in: &graph)
    hidden = finish(inner, sizes.inner, "output", hidden, in: &graph)
    guard shape.hasBottleneck else { return hidden }
    return graph.scoped("output.bottleneck") { graph in
      let wide = Linear(shape.inside, sizes.features).named("dense")(hidden, in: &graph)
      let dropped = Dropout(sizes.dropout).named("dropout")(wide, in: &graph)
      return norm(sizes.features).named("LayerNorm")(graph.add(dropped, x), in: &graph)
    }
  }

  private func norm(_ features: Int) -> SimpleNorm {
    SimpleNorm(features: features, isSimple: shape.isNormSimple, epsilon: sizes.epsilon)
  }

  private func narrowed(
    _ x: Variable, _ name: String, in graph: inout GraphBuilder
  ) -> Variable {
    Sequential {
      Linear(sizes.features, shape.inside).named("dense")
      norm(shape.inside).named("LayerNorm")
    }.named(name)(x, in: &graph)
  }

  private func attend(
    _ queries: Variable, _ values: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let width = shape.inside / sizes.heads
    let inputs = shape.isAttentionNarrow ? shape.inside : sizes.features
    let sources = [
      ("query", queries, shape.inside), ("key", queries, shape.inside), ("value", values, inputs),
    ]
    let heads = sources.map { name, x, features in
      let mapped = Linear(features, sizes.heads * width).named(name)(x, in: &graph)
      let split = graph.view(mapped, [x.size(0), x.size(1), sizes.heads, width])
      return graph.hold(graph.transpose(split, 1, 2))
    }
    let mixed = graph.attention(heads, dropout: sizes.attentionDropout, isCausal: false)
    return graph.view(
      graph.transpose(mixed, 1, 2), [queries.size(0), queries.size(1), sizes.heads * width])
  }

  private func up(_ x: Variable, _ name: String, in graph: inout GraphBuilder) -> Variable {
    Sequential {
      Linear(shape.inside, sizes.inner).named("dense")
      NamedActivation(name: sizes.activation)
    }.named(name)(x, in: &graph)
  }

  private func finish(
    _ x: Variable, _ inputs: Int, _ name: String, _ residual: Variable,
    in graph: inout GraphBuilder
  ) -> Variable {
    graph.scoped(name) { graph in
      var mapped = Linear(inputs, shape.inside).named("dense")(x, in: &graph)
      if !shape.hasBottleneck {
        mapped = Dropout(sizes.dropout).named("dropout")(mapped, in: &graph)
      }
      return norm(shape.inside).named("LayerNorm")(graph.add(mapped, residual), in: &graph)
    }
  }
}

/// Layer normalization, or its factor and offset alone.
private struct SimpleNorm: Layer {
  let features: Int
  let isSimple: Bool
  let epsilon: Double

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard isSimple else { return LayerNorm(features, epsilon: epsilon)(x, in: &graph) }
    let weight = graph.parameter("weight", [features])
    let scaled = graph.apply("Mul", x, weight, layer: .normalization)
    return graph.add(scaled, graph.parameter("bias", [features]))
  }
}
