// "Generative Pretraining from Pixels", Chen et al., 2020.
// <https://proceedings.mlr.press/v119/chen20s.html>

import ModelGraph

/// GPT-2 over colours, with normalizations that divide only.
struct ImageGPT: Layer {
  var configuration: GPT2.Configuration
  var epsilon: Double
  var task: Task

  enum Task: Hashable, Sendable {
    case none, nextColour
    case classes(Int)
  }

  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let name = try c.className(default: "ImageGPTForCausalImageModeling")
    try c.requireClass(
      name, endingIn: ["ForCausalImageModeling", "ForImageClassification", "Model"])
    var configuration = try GPT2.Configuration(
      c, features: 512, depth: 24, heads: 8, vocabulary: 513)
    let (features, heads) = (configuration.features, configuration.heads)
    guard features % heads == 0 else {
      throw .contradiction("\(features) features cannot be split into \(heads) heads")
    }
    guard configuration.vocabulary > 1 else {
      throw .contradiction("vocab_size has no colour beside that which starts a picture")
    }
    configuration.inner = try c.size("n_inner", default: 4 * features)
    configuration.activation = try c.text("activation_function", default: "quick_gelu")
    configuration.isTied = try c.flag("tie_word_embeddings", default: false)
    configuration.attendsElsewhere = try c.flag("add_cross_attention", default: false)
    let model = ImageGPT(
      configuration: configuration, epsilon: try c.number("layer_norm_epsilon", default: 1e-5),
      task: name.hasSuffix("Modeling")
        ? .nextColour : name.hasSuffix("Model") ? .none : .classes(try c.labelCount))
    return Blueprint(
      network: model, input: .tokens(sequence: configuration.context), cache: configuration.cache)
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard task != .none else { return transformer(x, in: &graph) }
    let hidden = graph.scoped("transformer") { transformer(x, in: &$0) }
    guard case .classes(let labels) = task else { return colours(hidden, in: &graph) }
    let mean = TokenMean()(hidden, in: &graph)
    return Linear(configuration.features, labels, bias: false).named("score")(mean, in: &graph)
  }

  /// Scores of all colours but the one that starts a picture.
  private func colours(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let isTied = configuration.isTied
    return LanguageHead(
      kind: .nextToken, vocabulary: configuration.vocabulary - (isTied ? 0 : 1),
      features: configuration.features, table: isTied ? "transformer.wte.weight" : nil)(
        x, in: &graph)
  }

  private func transformer(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (features, context) = (configuration.features, configuration.context)
    graph.require(
      x.size(1) <= context, "positions are learned up to \(context), not \(x.size(1))")
    let words = Embedding(configuration.vocabulary, features).named("wte")(x, in: &graph)
    let places = Embedding(context, features).named("wpe")(
      graph.positions(count: x.size(1)), in: &graph)
    return Sequential {
      Dropout(configuration.dropout).named("drop")
      Repeat(configuration.depth) { _ in Block(image: self) }.named("h")
      norm.named("ln_f")
    }(graph.add(words, places), in: &graph)
  }

  private var norm: FeatureNormalization {
    FeatureNormalization(
      kind: .layer(bias: false), features: configuration.features, epsilon: epsilon)
  }

  private struct Block: Layer {
    var image: ImageGPT

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let configuration = image.configuration
      let features = configuration.features
      let before = image.norm.named("ln_1")(x, in: &graph)
      let attended = graph.scoped("attn") { graph in
        declareMask(in: &graph)
        return GPT2.Attention(configuration: configuration)(before, in: &graph)
      }
      let sum = graph.add(attended, x)
      if configuration.attendsElsewhere { declareCrossAttention(sum, in: &graph) }
      let fed = Sequential {
        image.norm.named("ln_2")
        GPT2.Conv1D(features, configuration.inner).named("mlp.c_fc")
        NamedActivation(name: configuration.activation).named("mlp.act")
        GPT2.Conv1D(configuration.inner, features).named("mlp.c_proj")
        Dropout(configuration.dropout).named("mlp.dropout")
      }(sum, in: &graph)
      return graph.add(sum, fed)
    }

    private func declareMask(in graph: inout GraphBuilder) {
      let context = image.configuration.context
      _ = graph.state("bias", .bool, [1, 1, context, context])
    }

    /// Attention to another sequence, which is there but runs only where another model gives one.
    private func declareCrossAttention(_ x: Variable, in graph: inout GraphBuilder) {
      let features = image.configuration.features
      graph.scoped("crossattention") { graph in
        declareMask(in: &graph)
        graph.parametersOnly { graph in
          _ = GPT2.Conv1D(features, 2 * features).named("c_attn")(x, in: &graph)
          _ = GPT2.Conv1D(features, features).named("q_attn")(x, in: &graph)
          return GPT2.Conv1D(features, features).named("c_proj")(x, in: &graph)
        }
      }
      graph.parametersOnly { image.norm.named("ln_cross_attn")(x, in: &$0) }
    }
  }
}
