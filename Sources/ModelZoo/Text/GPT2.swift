// "Language Models are Unsupervised Multitask Learners", Radford, Wu, Child, Luan, Amodei and
// Sutskever, 2019.
// <https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf>

import ModelGraph

/// A decoder-only transformer, as Hugging Face's `GPT2LMHeadModel` runs it.
///
/// The head's weight is that of the token embedding. A mask says which keys each query of each
/// sequence may see, as with sequences that are packed or padded.
struct GPT2: Layer {
  let configuration: Configuration

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard configuration.head != .none else { return transformer(x, in: &graph) }
    let hidden = graph.scoped("transformer") { transformer(x, in: &$0) }
    if let labels = configuration.summaryLabels { summarize(hidden, labels, in: &graph) }
    let head = LanguageHead(
      kind: configuration.head, vocabulary: configuration.vocabulary,
      features: configuration.features,
      table: configuration.isTied ? "transformer.wte.weight" : nil, tokenHead: "classifier")
    return head(hidden, in: &graph)
  }

  /// The second head of a model with two, which tells choices apart by their last token.
  private func summarize(_ x: Variable, _ labels: Int, in graph: inout GraphBuilder) {
    let last = graph.select(x, axis: 1, index: x.size(1) - 1)
    graph.output(
      Linear(configuration.features, labels).named("multiple_choice_head.summary")(
        last, in: &graph))
  }

  private func transformer(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let (features, length) = (configuration.features, x.size(1))
    graph.require(
      length <= configuration.context,
      "positions are learned up to \(configuration.context), not \(length)")
    let tokens = graph.hold(
      Embedding(configuration.vocabulary, features).named("wte")(x, in: &graph))
    let positions = graph.positions(count: length)
    let places = graph.hold(
      Embedding(configuration.context, features).named("wpe")(positions, in: &graph))
    let placed = graph.add(tokens, places)
    let mask = graph.hold(graph.apply("AttentionMask", x))
    return Sequential {
      Dropout(configuration.dropout).named("drop")
      Repeat(configuration.depth) { _ in Block(configuration: configuration, mask: mask) }
        .named("h")
      LayerNorm(features).named("ln_f")
    }(placed, in: &graph)
  }
}

extension GPT2 {
  /// Attention, then a feed-forward network, each normalized first and added back.
  struct Block: Layer {
    let configuration: Configuration
    var mask: Variable?

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let features = configuration.features
      let attention = Attention(configuration: configuration, mask: mask).named("attn")
      let network = Sequential {
        Conv1D(features, configuration.inner).named("c_fc")
        NamedActivation(name: configuration.activation).named("act")
        Conv1D(configuration.inner, features).named("c_proj")
        Dropout(configuration.dropout).named("dropout")
      }.named("mlp")
      let before = LayerNorm(features).named("ln_1")(x, in: &graph)
      let attended = graph.add(graph.hold(attention(before, in: &graph)), x)
      graph.hold(before, through: attended)
      if configuration.attendsElsewhere { declareCrossAttention(in: &graph) }
      let between = LayerNorm(features).named("ln_2")(attended, in: &graph)
      let sum = graph.add(attended, graph.hold(network(between, in: &graph)))
      graph.hold(between, through: sum)
      return sum
    }

    /// Attention to another sequence, which is there but runs only where another model gives one.
    private func declareCrossAttention(in graph: inout GraphBuilder) {
      let features = configuration.features
      graph.scoped("crossattention") { graph in
        for (name, size) in [("c_attn", 2 * features), ("q_attn", features), ("c_proj", features)] {
          graph.scoped(name) { graph in
            _ = graph.parameter("weight", [features, size])
            _ = graph.parameter("bias", [size])
          }
        }
      }
      graph.scoped("ln_cross_attn") { graph in
        _ = graph.parameter("weight", [features])
        _ = graph.parameter("bias", [features])
      }
    }
  }

  /// Attention to what came before, every head at once.
  struct Attention: Layer {
    let configuration: Configuration

    /// Which keys each query may see; all before it if there is none.
    var mask: Variable?

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let (features, inner) = (configuration.features, configuration.attentionFeatures)
      let packed = Conv1D(features, 3 * inner).named("c_attn")(x, in: &graph)
      let parts = graph.chunk(packed, into: 3, axis: 2)
      let keys = split(parts[1], in: &graph)
      let values = split(parts[2], in: &graph)
      let queries = split(parts[0], in: &graph)
      let mixed = graph.attention(
        [queries, keys, values], mask: mask, dropout: configuration.dropout, isCausal: mask == nil,
        lowersWeights: true)
      let joined = graph.view(graph.transpose(mixed, 1, 2), [x.size(0), x.size(1), inner])
      return Sequential {
        Conv1D(inner, features).named("c_proj")
        Dropout(configuration.dropout).named("resid_dropout")
      }(joined, in: &graph)
    }

    /// The heads of a part of the packed projection, in front of the sequence.
    private func split(_ part: Variable, in graph: inout GraphBuilder) -> Variable {
      let heads = graph.view(
        part, [part.size(0), part.size(1), configuration.heads, configuration.headFeatures])
      return graph.hold(graph.transpose(heads, 1, 2))
    }
  }

  /// An affine map whose weight is `[input, output]`, the transpose of a linear layer's.
  struct Conv1D: Layer {
    let inputs: Int
    let outputs: Int

    init(_ inputs: Int, _ outputs: Int) {
      self.inputs = inputs
      self.outputs = outputs
    }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let weight = graph.parameter("weight", [inputs, outputs])
      let bias = graph.parameter("bias", [outputs])
      let rows = graph.view(x, [-1, inputs])
      let product = graph.call("Gemm", rows, weight, bias)
      return graph.view(product, x.shape.dropLast() + [outputs])
    }
  }

  /// The approximation of GELU by a hyperbolic tangent, written out in eight operators.
  ///
  /// `0.5 x (1 + tanh(√(2/π) (x + 0.044715 x³)))`
  struct TanhGELU: Layer {
    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let half = graph.scale(x, by: 0.5)
      let cube = graph.apply("PowerOfNumber", x, attributes: ["exponent": .float(3)])
      let small = graph.scale(cube, by: 0.044715)
      let sum = graph.add(x, small)
      let scaled = graph.scale(sum, by: 0.7978845608028654)
      let tanh = graph.apply("Tanh", scaled)
      let shifted = graph.apply("AddNumber", tanh, attributes: ["number": .float(1)])
      return graph.multiply(half, shifted)
    }
  }
}

extension GPT2 {
  struct Configuration: Sendable {
    let features: Int
    let depth: Int
    let heads: Int
    var headFeatures: Int
    var context = 1024
    var vocabulary = 50257
    var dropout = 0.1
    var activation = "gelu_new"
    var head = HeadKind.nextToken
    var isTied = true

    /// Whether each layer can also attend to another sequence.
    var attendsElsewhere = false

    /// The choices of a second head; `nil` if there is none.
    var summaryLabels: Int?

    /// The features inside the network where they are not four times the model's.
    var networkFeatures: Int?

    var inner: Int {
      get { networkFeatures ?? 4 * features }
      set { networkFeatures = newValue }
    }

    /// The features of all heads; usually as many as the model's.
    var attentionFeatures: Int { heads * headFeatures }
  }
}

extension Architecture {
  static let gpt2s = [
    gpt2("gpt2", "GPT-2", features: 768, depth: 12, heads: 12),
    gpt2("gpt2-medium", "GPT-2 medium", features: 1024, depth: 24, heads: 16),
    gpt2("gpt2-large", "GPT-2 large", features: 1280, depth: 36, heads: 20),
    gpt2("gpt2-xl", "GPT-2 XL", features: 1600, depth: 48, heads: 25),
  ]

  private static func gpt2(
    _ name: String, _ title: String, features: Int, depth: Int, heads: Int
  ) -> Architecture {
    Architecture(
      name, title, family: "GPT-2",
      paper: Paper(
        title: "Language Models are Unsupervised Multitask Learners",
        authors: "Radford, Wu, Child, Luan, Amodei and Sutskever", year: 2019,
        url:
          "https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf"
      ),
      input: .tokens(sequence: 1024),
      GPT2(
        configuration: .init(
          features: features, depth: depth, heads: heads, headFeatures: features / heads)))
  }
}
