// "BART: Denoising Sequence-to-Sequence Pre-training for Natural Language Generation, Translation, and
// Comprehension", Lewis et al., 2020. <https://arxiv.org/abs/1910.13461>

import ModelGraph

/// An encoder and a decoder with learned positions, normalized after each branch.
enum BART {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    try blueprint(BARTSizes(c, BARTSizes(labels: 3)))
  }

  static func blueprint(_ sizes: BARTSizes) -> Blueprint {
    let head = BARTHead(sizes: sizes)
    let length = min(sizes.context, DecoderBlueprint.shownSequence / 2)
    let target = min(sizes.targetContext ?? sizes.context, length)
    let input: Architecture.Input =
      sizes.task == .nextToken || sizes.task == .encoder
      ? .tokens(sequence: length) : .tokenPairs(sequence: length, target: target)
    return Blueprint(
      network: network(sizes, head: head), input: input,
      cache: sizes.task == .encoder ? nil : cache(sizes, source: length), experts: sizes.experts)
  }

  static func cache(
    _ sizes: BARTSizes, source: Int, of axis: DecoderCache.Source = .init(axis: "sequence")
  ) -> DecoderCache {
    let (heads, width) = (sizes.decoder.heads, sizes.features / sizes.decoder.heads)
    guard sizes.task != .nextToken else {
      return DecoderCache(
        layers: Array(
          repeating: .attention(heads: heads, width: width), count: sizes.decoder.depth),
        maximumContext: sizes.context)
    }
    return .attending(
      depth: sizes.decoder.depth, heads: heads, width: width, source: source, of: axis,
      context: sizes.targetContext ?? sizes.context)
  }

  static func network(_ sizes: BARTSizes, head: BARTHead) -> EncoderDecoder {
    var network = EncoderDecoder()
    network.head = sizes.task == .none || sizes.task == .encoder ? nil : head
    network.base = network.head == nil ? "" : sizes.base
    guard sizes.task != .nextToken else {
      network.decoder = { _ in BARTStack(sizes: sizes, isDecoder: true).named("decoder") }
      return network
    }
    // Tables are tied to one that both stacks share, or all are apart.
    let prefix = network.base.isEmpty ? "" : "\(sizes.base)."
    let isShared = sizes.isTied && sizes.targetVocabulary == nil
    let table = isShared ? "\(prefix)shared.weight" : nil
    if sizes.targetVocabulary == nil {
      network.shared = { graph in
        let shared = graph.parameter("shared.weight", [sizes.vocabulary, sizes.features])
        if !isShared { _ = graph.table(shared) }
      }
    }
    network.encoder = BARTStack(sizes: sizes, isDecoder: false, table: table).named("encoder")
    if sizes.task != .encoder {
      network.decoder = {
        BARTStack(sizes: sizes, isDecoder: true, source: $0, table: table).named("decoder")
      }
    }
    return network
  }
}

/// What a task puts on top of BART's decoder.
struct BARTHead: Layer {
  let sizes: BARTSizes

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    switch sizes.task {
    case .none, .encoder: x
    case .sequenceClassification:
      HiddenClassifier(features: sizes.features, labels: sizes.labels, dropout: sizes.headDropout)
        .named("classification_head")(x, in: &graph)
    case .tokenClassification, .questionAnswering:
      Linear(sizes.features, 2).named("qa_outputs")(x, in: &graph)
    case .nextToken:
      tokens(x, table: "\(sizes.base).decoder.embed_tokens.weight", in: &graph)
    case .generation: generated(x, in: &graph)
    }
  }

  private func tokens(
    _ x: Variable, table: String, in graph: inout GraphBuilder
  ) -> Variable {
    let isTied = sizes.isTied && (sizes.task != .nextToken || sizes.tiesDecoderAlone)
    // A decoder alone takes the source's number of tokens unless its table says another.
    let isSource = sizes.task == .nextToken && !isTied
    let count = isSource ? sizes.vocabulary : sizes.targetVocabulary ?? sizes.vocabulary
    return TokenProjection(
      features: sizes.features, vocabulary: count, name: "lm_head",
      table: isTied ? table : nil, bias: .none)(x, in: &graph)
  }

  private func generated(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let isShared = sizes.targetVocabulary == nil
    let scores = tokens(
      x,
      table: isShared ? "\(sizes.base).shared.weight" : "\(sizes.base).decoder.embed_tokens.weight",
      in: &graph)
    guard sizes.hasTokenState else { return scores }
    let numbers = graph.state(
      "final_logits_bias", .float32, [1, sizes.targetVocabulary ?? sizes.vocabulary])
    return graph.add(scores, graph.cast(numbers, to: scores.type.dataType))
  }
}
