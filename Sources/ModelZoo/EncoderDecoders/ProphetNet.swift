// "ProphetNet: Predicting Future N-gram for Sequence-to-Sequence Pre-training", Qi et al., 2020.
// <https://arxiv.org/abs/2001.04063>

import ModelGraph

/// An encoder and a decoder that tells several tokens ahead, each in a stream of its own.
enum ProphetNet {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try sizes(c)
    let ahead = try c.size("ngram", default: 2, in: 1...64)
    let buckets = try c.size("num_buckets", default: 32)
    let isTied = sizes.isTied
    let length = min(128, sizes.context)
    let stack: @Sendable (Bool, Variable?, String?) -> Stack = { isDecoder, source, table in
      Stack(
        sizes: sizes, isDecoder: isDecoder, ahead: ahead, buckets: buckets, source: source,
        table: table)
    }
    let name = try c.className(default: "ProphetNetForConditionalGeneration")
    if name.hasSuffix("NetEncoder") || name.hasSuffix("NetDecoder") {
      return Blueprint(
        network: stack(name.hasSuffix("Decoder"), nil, nil), input: .tokens(sequence: length))
    }
    var network = EncoderDecoder()
    let isBare = sizes.task == .none
    let table = isBare ? "word_embeddings.weight" : "prophetnet.word_embeddings.weight"
    network.base = isBare ? "" : "prophetnet"
    network.shared = { graph in
      _ = graph.parameter("word_embeddings.weight", [sizes.vocabulary, sizes.features])
    }
    if sizes.task != .nextToken {
      network.encoder = stack(false, nil, isTied ? table : nil).named("encoder")
    }
    network.decoder = { stack(true, $0, isTied ? table : nil).named("decoder") }
    if !isBare {
      network.head = TokenProjection(
        features: sizes.features, vocabulary: sizes.vocabulary, name: "lm_head",
        table: isTied ? table : nil, bias: .none)
    }
    return Blueprint(
      network: network,
      input: sizes.task == .nextToken
        ? .tokens(sequence: length) : .tokenPairs(sequence: length, target: length),
      cache: BART.cache(sizes, source: length))
  }

  private static func sizes(_ c: Configuration) throws(ConfigurationError) -> BARTSizes {
    var sizes = try BARTSizes(
      c,
      BARTSizes(
        vocabulary: 30522, encoder: .init(depth: 12, inner: 4096, heads: 16),
        decoder: .init(depth: 12, inner: 4096, heads: 16), context: 512, attentionDropout: 0.1))
    sizes.network = "feed_forward"
    return sizes
  }

  private struct Stack: Layer {
    let sizes: BARTSizes
    let isDecoder: Bool
    let ahead: Int
    let buckets: Int
    let source: Variable?
    let table: String?

    private var stack: BARTSizes.Stack { isDecoder ? sizes.decoder : sizes.encoder }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var hidden = graph.scoped("word_embeddings") { tokens(x, in: &$0) }
      let positions = StackPositions(
        kind: .learned(offset: 0), features: sizes.features, context: sizes.context)
      hidden = graph.add(hidden, positions.named("position_embeddings")(x, in: &graph))
      if isDecoder { hidden = streams(hidden, in: &graph) }
      hidden = Sequential {
        sizes.norm.named("embeddings_layer_norm")
        Dropout(sizes.dropout).named("dropout")
        Repeat(stack.depth) { _ in block(x.size(1)) }.named("layers")
      }(hidden, in: &graph)
      guard isDecoder else { return hidden }
      return graph.narrow(hidden, axis: 1, from: x.size(1), to: hidden.size(1))
    }

    private func tokens(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      guard let table else { return Embedding(sizes.vocabulary, sizes.features)(x, in: &graph) }
      let weight = graph.parameter(path: table, [sizes.vocabulary, sizes.features])
      graph.tie("weight", to: weight)
      return graph.call("Embedding", weight, x)
    }

    /// The text once, and once more for each token ahead.
    private func streams(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let rows = graph.scoped("ngram_embeddings") { graph in
        graph.table(graph.parameter("weight", [ahead, sizes.features]))
      }
      let more = (0..<ahead).map { index in
        graph.add(x, graph.select(rows, axis: 0, index: index))
      }
      return graph.concatenate([x] + more, axis: 1)
    }

    private func block(_ length: Int) -> EncoderBlock {
      var branches = [branch("self_attn", attention(nil))]
      if isDecoder {
        branches[0] = branch("self_attn", Streams(attention: attention(nil), buckets: buckets))
        branches.append(branch("cross_attn", attention(source)))
        branches[1].isIdle = source == nil
      }
      branches.append(
        EncoderBlock.Branch(
          body: Sequential {
            Linear(sizes.features, stack.inner).named("intermediate")
            NamedActivation(name: sizes.activation).named("activation_fn")
          }.named("feed_forward"), inner: stack.inner, projection: "feed_forward.output",
          norm: "feed_forward_layer_norm"))
      return EncoderBlock(branches: branches, norm: sizes.norm, dropout: sizes.dropout)
    }

    private func branch(_ name: String, _ layer: some Layer) -> EncoderBlock.Branch {
      EncoderBlock.Branch(
        body: layer.named(name), inner: sizes.features, projection: "\(name).out_proj",
        norm: "\(name)_layer_norm")
    }

    private func attention(_ source: Variable?) -> Attention {
      Attention(
        features: sizes.features, heads: stack.heads, width: sizes.features / stack.heads,
        names: .init(query: "query_proj", key: "key_proj", value: "value_proj"),
        dropout: sizes.attentionDropout, source: source, kernel: .writtenOut)
    }
  }

  /// Attention of every stream to the text and to itself.
  private struct Streams: Layer {
    let attention: Attention
    let buckets: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var attention = attention
      attention.kernel = .opaque("StreamAttention")
      _ = Linear(attention.features, buckets * attention.heads).named("relative_pos_embeddings")(
        x, in: &graph)
      return attention(x, in: &graph)
    }
  }
}
