// "Improving Language Understanding by Generative Pre-Training", Radford et al., 2018.
// <https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf>

import ModelGraph

/// The first GPT: GPT-2's layers, normalized after each branch.
struct OpenAIGPT: Layer {
  var configuration: GPT2.Configuration
  var epsilon: Double

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var configuration = try GPT2.Configuration(c, context: 512, vocabulary: 40478)
    configuration.activation = try c.text("afn", default: "gelu")
    try configuration.readTextHeads(c)
    let model = OpenAIGPT(
      configuration: configuration, epsilon: try c.number("layer_norm_epsilon", default: 1e-5))
    return Blueprint(
      network: model,
      input: .tokens(sequence: min(configuration.context, DecoderBlueprint.shownSequence)))
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard configuration.head != .none else { return transformer(x, in: &graph) }
    let hidden = graph.scoped("transformer") { transformer(x, in: &$0) }
    if let labels = configuration.summaryLabels {
      graph.output(
        SecondHead(features: configuration.features, labels: labels)(hidden, in: &graph))
    }
    let head = LanguageHead(
      kind: configuration.head, vocabulary: configuration.vocabulary,
      features: configuration.features,
      table: configuration.isTied ? "transformer.tokens_embed.weight" : nil)
    return head(hidden, in: &graph)
  }

  private func transformer(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (features, context) = (configuration.features, configuration.context)
    graph.require(
      x.size(1) <= context, "positions are learned up to \(context), not \(x.size(1))")
    let numbers = graph.state("position_ids", .int64, [context])
    let used = graph.narrow(numbers, axis: 0, from: 0, to: x.size(1))
    let words = Embedding(configuration.vocabulary, features).named("tokens_embed")(x, in: &graph)
    let places = Embedding(context, features).named("positions_embed")(used, in: &graph)
    return Sequential {
      Dropout(configuration.dropout).named("drop")
      Repeat(configuration.depth) { _ in Block(configuration: configuration, epsilon: epsilon) }
        .named("h")
    }(graph.add(words, places), in: &graph)
  }

  /// Attention, then a network, each added back and normalized.
  private struct Block: Layer {
    var configuration: GPT2.Configuration
    var epsilon: Double

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let features = configuration.features
      let attended = graph.scoped("attn") { graph in
        let context = configuration.context
        _ = graph.state("bias", .float32, [1, 1, context, context])
        return GPT2.Attention(configuration: configuration)(x, in: &graph)
      }
      let first = LayerNorm(features, epsilon: epsilon).named("ln_1")(
        graph.add(x, attended), in: &graph)
      let fed = Sequential {
        GPT2.Conv1D(features, configuration.inner).named("c_fc")
        NamedActivation(name: configuration.activation).named("act")
        GPT2.Conv1D(configuration.inner, features).named("c_proj")
        Dropout(configuration.dropout).named("dropout")
      }.named("mlp")(first, in: &graph)
      return LayerNorm(features, epsilon: epsilon).named("ln_2")(
        graph.add(first, fed), in: &graph)
    }
  }

  /// The head that tells choices apart by their last token.
  private struct SecondHead: Layer {
    var features: Int
    var labels: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let last = graph.select(x, axis: 1, index: x.size(1) - 1)
      return Linear(features, labels).named("multiple_choice_head.summary")(last, in: &graph)
    }
  }
}
