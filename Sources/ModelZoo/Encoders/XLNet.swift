// "XLNet: Generalized Autoregressive Pretraining for Language Understanding", Yang et al., 2019.
// <https://arxiv.org/abs/1906.08237>

import ModelGraph

/// Attention with relative places, whose maps keep the heads apart.
enum XLNet {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try EncoderSizes(
      c,
      EncoderSizes(
        vocabulary: 32000, features: 1024, inner: 4096, depth: 24, heads: 16, types: 0, padding: 5))
    sizes.activation = try c.text("ff_activation", default: "gelu")
    sizes.attentionDropout = sizes.dropout
    if try c.className(default: "").hasSuffix("ForQuestionAnswering") {
      sizes.task = .questionAnsweringByBeams
    }
    let network = Encoder(
      base: "transformer", stack: Stack(sizes: sizes),
      head: head(sizes, try c.flag("summary_use_proj", default: true)))
    return Blueprint(network: network, input: .tokens(sequence: 512))
  }

  private struct Stack: Layer {
    let sizes: EncoderSizes

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let features = sizes.features
      _ = graph.parameter("mask_emb", [1, 1, features])
      let tokens = graph.transpose(x, 0, 1)
      var hidden = Sequential {
        Embedding(sizes.vocabulary, features).named("word_embedding")
        Dropout(sizes.dropout).named("dropout")
      }(tokens, in: &graph)
      let places = places(hidden, in: &graph)
      for index in 0..<sizes.depth {
        hidden = graph.scoped("layer.\(index)") { graph in
          let attended = graph.scoped("rel_attn") { attend(hidden, places, in: &$0) }
          return graph.scoped("ff") { network(attended, in: &$0) }
        }
      }
      return graph.contiguous(
        graph.transpose(Dropout(sizes.dropout).named("dropout")(hidden, in: &graph), 0, 1))
    }

    /// Waves for every distance, `[2 length, batch, features]`.
    private func places(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let count = 2 * x.size(0)
      let column = graph.cast(
        graph.view(graph.positions(count: count), [count, 1]), to: .float32)
      let row = graph.cast(
        graph.positions(count: max(1, sizes.features / 2)), to: .float32)
      let angles = graph.multiply(column, row)
      let waves = graph.concatenate(
        [graph.apply("Sin", angles), graph.apply("Cos", angles)], axis: 1)
      let table = graph.cast(
        graph.view(waves, [count, 1, waves.size(1)]), to: graph.floatingType)
      return Dropout(sizes.dropout)(
        graph.expand(table, to: [count, x.size(1), waves.size(1)]), in: &graph)
    }

    private func attend(
      _ x: Variable, _ places: Variable, in graph: inout GraphBuilder
    ) -> Variable {
      let shape = [sizes.features, sizes.heads, sizes.width]
      var inputs = ["q", "k", "v", "r"].map { name in
        map(name == "r" ? places : x, graph.parameter(name, shape), in: &graph)
      }
      inputs += ["r_r_bias", "r_s_bias", "r_w_bias"].map { name in
        graph.parameter(name, [sizes.heads, sizes.width])
      }
      inputs.append(graph.parameter("seg_embed", [2, sizes.heads, sizes.width]))
      let mixed = graph.opaque(
        "RelativeAttention", inputs, gives: [inputs[0].type], layer: .attention)[0]
      let weight = graph.view(
        graph.parameter("o", shape), [sizes.features, sizes.allHeads])
      let joined = graph.view(mixed, [x.size(0), x.size(1), sizes.allHeads])
      let projected = graph.apply("Linear", joined, weight)
      let dropped = Dropout(sizes.dropout).named("dropout")(projected, in: &graph)
      return sizes.norm.named("layer_norm")(graph.add(dropped, x), in: &graph)
    }

    /// The heads of a map whose weight is `[features, heads, width]`.
    private func map(
      _ x: Variable, _ weight: Variable, in graph: inout GraphBuilder
    ) -> Variable {
      let flat = graph.view(weight, [sizes.features, sizes.allHeads])
      let product = graph.matrixProduct(x, flat)
      return graph.view(product, [x.size(0), x.size(1), sizes.heads, sizes.width])
    }

    private func network(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let y = Sequential {
        Linear(sizes.features, sizes.inner).named("layer_1")
        NamedActivation(name: sizes.activation).named("activation_function")
        Dropout(sizes.dropout).named("dropout")
        Linear(sizes.inner, sizes.features).named("layer_2")
        Dropout(sizes.dropout).named("dropout")
      }(x, in: &graph)
      return sizes.norm.named("layer_norm")(graph.add(y, x), in: &graph)
    }
  }

  private static func head(_ sizes: EncoderSizes, _ hasSummary: Bool) -> Encoder.Head? {
    switch sizes.task {
    case .none: nil
    case .sequenceClassification: Encoder.onTokens(summary(sizes, hasSummary, sizes.labels))
    case .multipleChoice: Encoder.onTokens(summary(sizes, hasSummary, 1))
    case .tokenClassification:
      Encoder.onTokens(Linear(sizes.features, sizes.labels).named("classifier"))
    case .questionAnswering: Encoder.onTokens(sizes.answers)
    case .questionAnsweringByBeams: Encoder.onTokens(Beams(sizes: sizes))
    case .maskedTokens, .preTraining, .nextToken, .nextSentence:
      Encoder.onTokens(
        TokenProjection(
          features: sizes.features, vocabulary: sizes.vocabulary, name: "lm_loss",
          table: sizes.isTied ? "transformer.word_embedding.weight" : nil))
    }
  }

  private static func summary(
    _ sizes: EncoderSizes, _ hasSummary: Bool, _ count: Int
  ) -> some Layer {
    Sequential {
      LastToken()
      if hasSummary { Linear(sizes.features, sizes.features).named("sequence_summary.summary") }
      Activation.tanh
      Linear(sizes.features, count).named("logits_proj")
    }
  }

  private struct LastToken: Layer {
    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      graph.select(x, axis: 1, index: x.size(1) - 1)
    }
  }

  /// Starts first, then ends and whether there is an answer, given a start.
  private struct Beams: Layer {
    let sizes: EncoderSizes

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let features = sizes.features
      let starts = Linear(features, 1).named("start_logits.dense")(x, in: &graph)
      graph.parametersOnly { graph in
        let pairs = graph.concatenate([x, x], axis: 2)
        let ends = Sequential {
          Linear(2 * features, features).named("dense_0")
          LayerNorm(features, epsilon: sizes.epsilon).named("LayerNorm")
          Linear(features, 1).named("dense_1")
        }.named("end_logits")(pairs, in: &graph)
        _ = Sequential {
          Linear(2 * features, features).named("dense_0")
          Linear(features, 1, bias: false).named("dense_1")
        }.named("answer_class")(pairs, in: &graph)
        return ends
      }
      return starts
    }
  }
}
