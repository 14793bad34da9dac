// "Few-Shot Question Answering by Pretraining Span Selection", Ram et al., 2021.
// <https://arxiv.org/abs/2101.00438>

import ModelGraph

/// BERT that compares every token with the one that stands for the question.
enum Splinter {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try c.requireClass(
      try c.className(default: "SplinterModel"),
      endingIn: ["SplinterModel", "ForQuestionAnswering", "ForPreTraining"])
    let sizes = try EncoderSizes(c)
    var embeddings = EncoderEmbeddings(sizes)
    embeddings.keepsTypes = false
    let spans = Spans(sizes: sizes)
    let network = Encoder(
      base: "splinter", stack: BERT.stack(sizes, embeddings),
      head: sizes.task == .none ? nil : Encoder.onTokens(spans.named("splinter_qass")))
    return BERT.blueprint(sizes, network)
  }

  /// Where an answer starts and ends, by products with what the question's token asks for.
  private struct Spans: Layer {
    let sizes: EncoderSizes

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let question = graph.view(
        FirstToken()(x, in: &graph), [x.size(0), 1, sizes.features])
      let scores = ["start", "end"].map { edge in
        let asked = transform("query_\(edge)_transform", question, in: &graph)
        let offered = transform("\(edge)_transform", x, in: &graph)
        let mapped = Linear(sizes.features, sizes.features, bias: false)
          .named("\(edge)_classifier")(asked, in: &graph)
        return graph.matrixProduct(mapped, graph.transpose(offered, 1, 2))
      }
      graph.output(scores[0])
      return scores[1]
    }

    private func transform(
      _ name: String, _ x: Variable, in graph: inout GraphBuilder
    ) -> Variable {
      PredictionTransform(
        features: sizes.features, outputs: sizes.features, activation: "gelu",
        epsilon: 1e-5
      ).named(name)(x, in: &graph)
    }
  }
}
