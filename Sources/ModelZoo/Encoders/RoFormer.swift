// "RoFormer: Enhanced Transformer with Rotary Position Embedding", Su et al., 2021.
// <https://arxiv.org/abs/2104.09864>

import ModelGraph

/// BERT whose queries and keys are turned by their places, which a table of waves says.
enum RoFormer {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try EncoderSizes(c, EncoderSizes(vocabulary: 50000, context: 1536))
    sizes.headDropout = sizes.dropout
    if sizes.task == .questionAnswering { sizes.labels = 2 }
    let stack = Stack(sizes: sizes, turnsValues: try c.flag("rotary_value", default: false))
    let network = Encoder(base: "roformer", stack: stack, head: head(sizes))
    return Blueprint(network: network, input: sizes.input(), cache: sizes.cache)
  }

  private struct Stack: Layer {
    let sizes: EncoderSizes
    let turnsValues: Bool

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var embeddings = EncoderEmbeddings(sizes)
      embeddings.positions = .none
      embeddings.keepsPositions = false
      embeddings.keepsTypes = false
      var hidden = embeddings.named("embeddings")(x, in: &graph)
      if sizes.embedded != sizes.features {
        let project = Linear(sizes.embedded, sizes.features).named("embeddings_project")
        hidden = project(hidden, in: &graph)
      }
      return graph.scoped("encoder") { graph in
        let tables = tables(x.size(1), in: &graph)
        return Repeat(sizes.depth) { _ in block(tables) }.named("layer")(hidden, in: &graph)
      }
    }

    /// Sines and cosines, each for a half of a head, from one table.
    private func tables(_ length: Int, in graph: inout GraphBuilder) -> RotaryTables {
      let width = sizes.width
      graph.require(
        length <= sizes.context, "positions are kept up to \(sizes.context), not \(length)")
      let rows = graph.scoped("embed_positions") { graph in
        graph.call(
          "Embedding", graph.parameter("weight", [sizes.context, width]),
          graph.positions(count: length))
      }
      let halves = graph.chunk(rows, into: 2, axis: 2)
      let sine = graph.concatenate([halves[0], halves[0]], axis: 2)
      let cosine = graph.concatenate([halves[1], halves[1]], axis: 2)
      return RotaryTables(cosine: cosine, sine: sine, width: width)
    }

    private func block(_ tables: RotaryTables) -> EncoderBlock {
      var attention = BERT.attention(sizes)
      attention.rotary = tables
      attention.turnsValues = turnsValues
      attention.kernel = .writtenOut
      return BERT.block(sizes, attention: attention)
    }
  }

  private static func head(_ sizes: EncoderSizes) -> Encoder.Head? {
    switch sizes.task {
    case .none: return nil
    case .sequenceClassification:
      return Encoder.onTokens(
        HiddenClassifier(
          features: sizes.features, labels: sizes.labels, activation: sizes.activation,
          dropout: sizes.dropout
        ).named("classifier"))
    case .multipleChoice:
      return Encoder.onTokens(
        Sequential {
          FirstToken()
          NamedActivation(name: "gelu")
          sizes.classifier(1)
        })
    case .tokenClassification: return Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: return Encoder.onTokens(sizes.answers)
    case .maskedTokens, .preTraining, .nextToken, .nextSentence:
      return Encoder.onTokens(BERT.predictions(sizes, base: "roformer"))
    }
  }
}
