// "Funnel-Transformer: Filtering out Sequential Redundancy for Efficient Language Processing", Dai,
// Lai, Yang and Le, 2020. <https://arxiv.org/abs/2006.03236>

import ModelGraph

/// Blocks that halve the text one after the other, and layers that see it whole again.
enum Funnel {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try EncoderSizes(
      c, EncoderSizes(types: 0, activation: "gelu_new", epsilon: 1e-9))
    sizes.dropout = try c.number("hidden_dropout", default: 0.1)
    let blocks = try c.sizes("block_sizes", in: 0...Configuration.maximumDepth) ?? [4, 4, 4]
    let repeats =
      try c.sizes("block_repeats", in: 0...64) ?? Array(repeating: 1, count: blocks.count)
    guard blocks.count == repeats.count else {
      throw .contradiction("block_sizes and block_repeats differ in length")
    }
    let name = try c.className(default: "FunnelModel")
    let isPooled =
      sizes.task == .sequenceClassification || sizes.task == .multipleChoice
      || name.hasSuffix("BaseModel")
    let stack = Stack(
      sizes: sizes, width: try c.size("d_head", default: 64), blocks: blocks, repeats: repeats,
      decoderDepth: isPooled ? nil : try c.depth("num_decoder_layers", default: 2))
    let network = Encoder(base: "funnel", stack: stack, head: head(sizes))
    return Blueprint(network: network, input: .tokens(sequence: 512))
  }

  private struct Stack: Layer {
    let sizes: EncoderSizes
    let width: Int
    let blocks: [Int]
    let repeats: [Int]

    /// The layers that see the whole text again; `nil` if there are none.
    let decoderDepth: Int?

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let embedded = Sequential {
        Embedding(sizes.vocabulary, sizes.features).named("word_embeddings")
        sizes.norm.named("layer_norm")
        Dropout(sizes.dropout).named("dropout")
      }.named("embeddings")(x, in: &graph)
      var (hidden, first) = (embedded, embedded)
      for (index, depth) in blocks.enumerated() {
        var pooled = index > 0 ? halved(hidden, in: &graph) : hidden
        for layer in 0..<depth {
          for _ in 0..<repeats[index] {
            hidden = graph.scoped("encoder.blocks.\(index).\(layer)") { graph in
              self.layer(pooled, context: hidden, in: &graph)
            }
            pooled = hidden
          }
        }
        if index == 0 { first = hidden }
      }
      guard let decoderDepth else { return hidden }
      return decoded(hidden, first, decoderDepth, in: &graph)
    }

    /// The mean of every two tokens.
    private func halved(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let even = x.size(1) + x.size(1) % 2
      let padded =
        even == x.size(1) ? x : graph.pad(x, before: [0, 0, 0], after: [0, 1, 0])
      let pairs = graph.view(padded, [x.size(0), even / 2, 2, x.size(2)])
      return graph.apply(
        "ReduceMean", pairs, attributes: ["axes": .integers([2]), "keepdims": .integer(0)])
    }

    private func decoded(
      _ x: Variable, _ first: Variable, _ depth: Int, in graph: inout GraphBuilder
    ) -> Variable {
      let (length, short) = (first.size(1), x.size(1))
      let times = max(1, (length + short - 1) / max(1, short))
      let spread = graph.expand(
        graph.view(x, [x.size(0), short, 1, x.size(2)]), to: [x.size(0), short, times, x.size(2)])
      let long = graph.view(graph.contiguous(spread), [x.size(0), short * times, x.size(2)])
      var hidden = graph.add(graph.narrow(long, axis: 1, from: 0, to: length), first)
      for index in 0..<depth {
        hidden = graph.scoped("decoder.layers.\(index)") { graph in
          layer(hidden, context: hidden, in: &graph)
        }
      }
      return hidden
    }

    private func layer(
      _ x: Variable, context: Variable, in graph: inout GraphBuilder
    ) -> Variable {
      let attended = graph.scoped("attention") { attend(x, context, in: &$0) }
      return graph.scoped("ffn") { graph in
        let y = Sequential {
          Linear(sizes.features, sizes.inner).named("linear_1")
          NamedActivation(name: sizes.activation)
          Linear(sizes.inner, sizes.features).named("linear_2")
          Dropout(sizes.dropout).named("dropout")
        }(attended, in: &graph)
        return sizes.norm.named("layer_norm")(graph.add(attended, y), in: &graph)
      }
    }

    private func attend(
      _ x: Variable, _ context: Variable, in graph: inout GraphBuilder
    ) -> Variable {
      let (features, heads) = (sizes.features, sizes.heads)
      var inputs = [
        Linear(features, heads * width, bias: false).named("q_head")(x, in: &graph),
        Linear(features, heads * width).named("k_head")(context, in: &graph),
        Linear(features, heads * width).named("v_head")(context, in: &graph),
      ]
      let queries = inputs[0].type
      inputs += ["r_w_bias", "r_r_bias", "r_s_bias"].map { graph.parameter($0, [heads, width]) }
      inputs.append(graph.parameter("r_kernel", [features, heads, width]))
      inputs.append(graph.parameter("seg_embed", [2, heads, width]))
      let mixed = graph.opaque("RelativeAttention", inputs, gives: [queries], layer: .attention)[0]
      let projected = Sequential {
        Linear(heads * width, features).named("post_proj")
        Dropout(sizes.dropout).named("hidden_dropout")
      }(mixed, in: &graph)
      return sizes.norm.named("layer_norm")(graph.add(x, projected), in: &graph)
    }
  }

  private static func head(_ sizes: EncoderSizes) -> Encoder.Head? {
    switch sizes.task {
    case .none: nil
    case .preTraining, .nextSentence:
      Encoder.onTokens(
        Sequential {
          Linear(sizes.features, sizes.features).named("dense")
          NamedActivation(name: sizes.activation)
          Linear(sizes.features, 1).named("dense_prediction")
        }.named("discriminator_predictions"))
    case .sequenceClassification: Encoder.onTokens(classifier(sizes, sizes.labels))
    case .multipleChoice: Encoder.onTokens(classifier(sizes, 1))
    case .tokenClassification: Encoder.onTokens(sizes.classifier(sizes.labels))
    case .questionAnswering, .questionAnsweringByBeams: Encoder.onTokens(sizes.answers)
    case .maskedTokens, .nextToken:
      Encoder.onTokens(
        TokenProjection(
          features: sizes.features, vocabulary: sizes.vocabulary, name: "lm_head",
          table: sizes.isTied ? "funnel.embeddings.word_embeddings.weight" : nil))
    }
  }

  private static func classifier(_ sizes: EncoderSizes, _ count: Int) -> some Layer {
    Sequential {
      FirstToken()
      Linear(sizes.features, sizes.features).named("linear_hidden")
      Activation.tanh
      Dropout(sizes.dropout).named("dropout")
      Linear(sizes.features, count).named("linear_out")
    }.named("classifier")
  }
}
