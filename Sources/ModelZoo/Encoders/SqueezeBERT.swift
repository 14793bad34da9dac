// "SqueezeBERT: What can computer vision teach NLP about efficient neural networks?", Iandola et al.,
// 2020. <https://arxiv.org/abs/2006.11316>

import ModelGraph

/// BERT whose maps are convolutions in groups.
enum SqueezeBERT {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(c, EncoderSizes(embeddingFeatures: 768))
    guard sizes.embedded == sizes.features else {
      throw .contradiction(
        "embedding_size must be hidden_size, found \(sizes.embedded) and \(sizes.features)")
    }
    let stack = Stack(sizes: sizes, groups: try Groups(c, sizes))
    let network = Encoder(
      base: "transformer", stack: stack,
      pooler: FirstTokenPooler(features: sizes.features),
      head: head(sizes))
    return Blueprint(network: network, input: sizes.input())
  }

  /// The groups of each kind of map.
  private struct Groups: Sendable {
    let attention: [(name: String, count: Int)]
    let after: Int
    let up: Int
    let down: Int

    init(_ c: Configuration, _ sizes: EncoderSizes) throws(ConfigurationError) {
      attention = [
        ("query", try c.size("q_groups", default: 4)), ("key", try c.size("k_groups", default: 4)),
        ("value", try c.size("v_groups", default: 4)),
      ]
      after = try c.size("post_attention_groups", default: 1)
      up = try c.size("intermediate_groups", default: 4)
      down = try c.size("output_groups", default: 4)
      for count in attention.map(\.count) + [after, up] where sizes.features % count != 0 {
        throw .contradiction("\(sizes.features) features cannot make \(count) groups")
      }
      guard sizes.inner % down == 0 else {
        throw .contradiction("\(sizes.inner) features cannot make \(down) groups")
      }
    }
  }

  private struct Stack: Layer {
    let sizes: EncoderSizes
    let groups: Groups

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var embeddings = EncoderEmbeddings(sizes)
      embeddings.keepsTypes = false
      let embedded = embeddings.named("embeddings")(x, in: &graph)
      var hidden = graph.transpose(embedded, 1, 2)
      for index in 0..<sizes.depth {
        hidden = graph.scoped("encoder.layers.\(index)") { block(hidden, in: &$0) }
      }
      return graph.transpose(hidden, 1, 2)
    }

    private func block(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let mixed = graph.scoped("attention") { attend(x, in: &$0) }
      let attended = graph.scoped("post_attention") { graph in
        finish(mixed, sizes.features, groups.after, addedTo: x, in: &graph)
      }
      let inner = Sequential {
        Conv1d(sizes.features, sizes.inner, kernel: 1, groups: groups.up).named("conv1d")
        NamedActivation(name: sizes.activation).named("act")
      }.named("intermediate")(attended, in: &graph)
      return graph.scoped("output") { graph in
        finish(inner, sizes.inner, groups.down, addedTo: attended, in: &graph)
      }
    }

    private func attend(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let length = x.size(2)
      let heads = groups.attention.map { name, count in
        let convolved = Conv1d(sizes.features, sizes.features, kernel: 1, groups: count)
          .named(name)(x, in: &graph)
        return graph.view(convolved, [x.size(0), sizes.heads, sizes.width, length])
      }
      let scores = graph.scale(
        graph.matrixProduct(graph.transpose(heads[0], 2, 3), heads[1]),
        by: 1 / Double(max(1, sizes.width)).squareRoot())
      let weights = Dropout(sizes.attentionDropout).named("dropout")(
        graph.softmax(scores), in: &graph)
      let mixed = graph.matrixProduct(weights, graph.transpose(heads[2], 2, 3))
      let first = graph.contiguous(graph.permute(mixed, [0, 1, 3, 2]))
      return graph.view(first, [x.size(0), sizes.features, length])
    }

    /// A map, added to what went in and normalized over the channels.
    private func finish(
      _ x: Variable, _ inputs: Int, _ groups: Int, addedTo residual: Variable,
      in graph: inout GraphBuilder
    ) -> Variable {
      let mapped = Sequential {
        Conv1d(inputs, sizes.features, kernel: 1, groups: groups).named("conv1d")
        Dropout(sizes.dropout).named("dropout")
      }(x, in: &graph)
      let rows = graph.transpose(graph.add(mapped, residual), 1, 2)
      return graph.transpose(sizes.norm.named("layernorm")(rows, in: &graph), 1, 2)
    }
  }

  private static func head(_ sizes: EncoderSizes) -> Encoder.Head? {
    switch sizes.task {
    case .none: nil
    case .sequenceClassification: Encoder.onText(sizes.classifier(sizes.labels))
    case .multipleChoice: Encoder.onText(sizes.classifier(1))
    case .tokenClassification: Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: Encoder.onTokens(sizes.answers)
    case .maskedTokens, .preTraining, .nextToken, .nextSentence:
      Encoder.onTokens(BERT.predictions(sizes, base: "transformer"))
    }
  }
}
