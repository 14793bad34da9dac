// "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", Devlin, Chang,
// Lee and Toutanova, 2018. <https://arxiv.org/abs/1810.04805>

import ModelGraph

/// An encoder with a head that fills in masked tokens, as Hugging Face's `BertForMaskedLM` runs it.
///
/// The head's weight is that of the token embedding; its bias has two names in the checkpoint.
struct BERT: Layer {
  let configuration: Configuration

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let encoder = Sequential {
      Embeddings(configuration: configuration).named("embeddings")
      Repeat(configuration.depth) { _ in Block(configuration: configuration) }
        .named("layer").named("encoder")
    }
    let hidden = encoder.named("bert")(x, in: &graph)
    return graph.scoped("cls.predictions") { predictions(hidden, in: &$0) }
  }

  private func predictions(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let features = configuration.features
    let transformed = Sequential {
      Linear(features, features).named("dense")
      Activation.gelu
      LayerNorm(features, epsilon: 1e-12).named("LayerNorm")
    }.named("transform")(x, in: &graph)
    let bias = graph.parameter("bias", [configuration.vocabulary])
    let table = graph.parameter(
      path: "bert.embeddings.word_embeddings.weight", [configuration.vocabulary, features])
    return graph.scoped("decoder") { graph in
      graph.tie("weight", to: table)
      graph.tie("bias", to: bias)
      return graph.call("Linear", transformed, table, bias)
    }
  }
}

extension BERT {
  /// The sum of what stands where in which of two sentences, normalized.
  struct Embeddings: Layer {
    let configuration: Configuration

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let (features, context) = (configuration.features, configuration.context)
      let length = x.size(1)
      graph.require(length <= context, "positions are learned up to \(context), not \(length)")
      let position = graph.narrow(
        graph.state("position_ids", .int64, [1, context]), axis: 1, from: 0, to: length)
      let sentence = graph.apply(
        "GatherElements", graph.state("token_type_ids", .int64, [1, context]), position,
        attributes: ["axis": .integer(1)])
      let sentences = graph.expand(sentence, to: x.shape)
      let words = graph.hold(
        Embedding(configuration.vocabulary, features).named("word_embeddings")(x, in: &graph))
      let types = graph.hold(
        Embedding(2, features).named("token_type_embeddings")(sentences, in: &graph))
      let sum = graph.add(words, types)
      let places = graph.hold(
        Embedding(context, features).named("position_embeddings")(position, in: &graph))
      let placed = graph.add(sum, places)
      return Sequential {
        LayerNorm(features, epsilon: 1e-12).named("LayerNorm")
        Dropout(configuration.dropout).named("dropout")
      }(placed, in: &graph)
    }
  }

  /// Attention and a feed-forward network, each added back and normalized last.
  struct Block: Layer {
    let configuration: Configuration

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let features = configuration.features
      let attended = graph.scoped("attention") { graph in
        let mixed = Attention(configuration: configuration).named("self")(x, in: &graph)
        return output(mixed, addedTo: x, in: &graph)
      }
      let intermediate = Sequential {
        Linear(features, 4 * features).named("dense")
        Activation.gelu
      }.named("intermediate")(attended, in: &graph)
      return output(intermediate, addedTo: attended, in: &graph)
    }

    /// A projection, added to what went in and normalized.
    private func output(
      _ x: Variable, addedTo residual: Variable, in graph: inout GraphBuilder
    ) -> Variable {
      graph.scoped("output") { graph in
        let projection = Sequential {
          Linear(x.size(2), configuration.features).named("dense")
          Dropout(configuration.dropout).named("dropout")
        }
        let projected = graph.hold(projection(x, in: &graph))
        let sum = graph.add(projected, residual)
        return LayerNorm(configuration.features, epsilon: 1e-12).named("LayerNorm")(
          sum, in: &graph)
      }
    }
  }

  /// Attention to the whole sequence, every head at once.
  struct Attention: Layer {
    let configuration: Configuration

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let features = configuration.features
      let heads = ["query", "key", "value"].map { name in
        let projected = Linear(features, features).named(name)(x, in: &graph)
        let split = graph.view(
          projected, [x.size(0), x.size(1), configuration.heads, features / configuration.heads])
        return graph.hold(graph.transpose(split, 1, 2))
      }
      let mixed = graph.attention(
        heads, dropout: configuration.dropout, isCausal: false, modulesToBlock: 2)
      return graph.view(graph.transpose(mixed, 1, 2), x.shape)
    }
  }

  struct Configuration: Sendable {
    let features: Int
    let depth: Int
    let heads: Int
    var context = 512
    var vocabulary = 30522
    var dropout = 0.1
  }
}

extension Architecture {
  static let berts = [
    bert("bert-base", "BERT base", .init(features: 768, depth: 12, heads: 12)),
    bert("bert-large", "BERT large", .init(features: 1024, depth: 24, heads: 16)),
  ]

  private static func bert(
    _ name: String, _ title: String, _ configuration: BERT.Configuration
  ) -> Architecture {
    Architecture(
      name, title, family: "BERT",
      paper: Paper(
        title:
          "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
        authors: "Devlin, Chang, Lee and Toutanova", year: 2018,
        url: "https://arxiv.org/abs/1810.04805"),
      input: .tokens(sequence: configuration.context), BERT(configuration: configuration)
    ).constructed(.bert)
  }
}
