import ModelGraph

/// One of the two stacks of BART and its descendants.
struct BARTStack: Layer {
  let sizes: BARTSizes
  let isDecoder: Bool

  /// What the encoder gives; `nil` where there is none.
  var source: Variable?

  /// The whole name of the table of embeddings that is shared; `nil` if the stack has its own.
  var table: String?

  private var stack: BARTSizes.Stack { isDecoder ? sizes.decoder : sizes.encoder }

  private var vocabulary: Int {
    isDecoder ? sizes.targetVocabulary ?? sizes.vocabulary : sizes.vocabulary
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var hidden = graph.scoped("embed_tokens") { tokens(x, in: &$0) }
    if sizes.isScaled { hidden = graph.scale(hidden, by: Double(sizes.features).squareRoot()) }
    let positions = StackPositions(
      kind: sizes.positions, features: sizes.features,
      context: isDecoder ? sizes.targetContext ?? sizes.context : sizes.context)
    hidden = graph.add(hidden, positions.named("embed_positions")(x, in: &graph))
    return blocks(hidden, in: &graph)
  }

  private func tokens(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard let table else { return Embedding(vocabulary, sizes.features)(x, in: &graph) }
    let weight = graph.parameter(path: table, [vocabulary, sizes.features])
    graph.tie("weight", to: weight)
    return graph.call("Embedding", weight, x)
  }

  /// The blocks, given embeddings with their places.
  func blocks(_ embedded: Variable, in graph: inout GraphBuilder) -> Variable {
    Sequential {
      if sizes.hasEmbeddingNorm { sizes.norm.named("layernorm_embedding") }
      Dropout(sizes.dropout).named("dropout")
      Repeat(stack.depth) { index in block(index) }.named("layers")
      if sizes.hasFinalNorm { sizes.norm.named("layer_norm") }
    }(embedded, in: &graph)
  }

  private func block(_ index: Int) -> EncoderBlock {
    var branches = [attention("self_attn", norm: "self_attn_layer_norm", source: nil)]
    branches[0].body = selfAttention.named("self_attn")
    if isDecoder {
      branches.append(attention(sizes.crossAttention, norm: sizes.crossNorm, source: source))
      branches[1].isIdle = source == nil
    }
    branches.append(network(index))
    return EncoderBlock(
      branches: branches, norm: sizes.norm, isNormalizedFirst: sizes.isNormalizedFirst,
      dropout: sizes.dropout)
  }

  private var selfAttention: Attention {
    var attention = attend(to: nil)
    attention.isCausal = isDecoder
    return attention
  }

  private func attend(to source: Variable?) -> Attention {
    Attention(
      features: sizes.features, heads: stack.heads, width: sizes.features / stack.heads,
      bias: sizes.attentionBias ? .init() : .none, dropout: sizes.attentionDropout, source: source)
  }

  private func attention(
    _ name: String, norm: String, source: Variable?
  ) -> EncoderBlock.Branch {
    EncoderBlock.Branch(
      body: attend(to: source).named(name), inner: sizes.features, projection: "\(name).out_proj",
      norm: norm, bias: sizes.attentionBias)
  }

  private func network(_ index: Int) -> EncoderBlock.Branch {
    let step = isDecoder ? sizes.sparseSteps.decoder : sizes.sparseSteps.encoder
    if let experts = sizes.experts, step > 0, (index + 1) % step == 0 {
      let mixture = NumberedExperts(
        features: sizes.features, inner: stack.inner, count: experts.count,
        routerBias: sizes.routerBias, up: "fc1", down: "fc2", bias: true)
      return EncoderBlock.Branch(
        body: mixture.named(sizes.network), inner: stack.inner, norm: sizes.networkNorm)
    }
    let prefix = sizes.network.isEmpty ? "" : "\(sizes.network)."
    return EncoderBlock.Branch(
      body: Sequential {
        Linear(sizes.features, stack.inner).named("\(prefix)fc1")
        NamedActivation(name: sizes.activation).named("\(prefix)activation_fn")
      }, inner: stack.inner, projection: "\(prefix)fc2", norm: sizes.networkNorm)
  }
}

/// The vectors of the places of tokens.
struct StackPositions: Layer {
  let kind: BARTSizes.Positions
  let features: Int
  let context: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let length = x.size(1)
    graph.require(length <= context, "positions are kept up to \(context), not \(length)")
    switch kind {
    case .learned(let offset): return rows(of: table(context + offset, in: &graph), x, in: &graph)
    case .waves: return rows(of: table(context, in: &graph), x, in: &graph)
    case .waveState(let offset, let name):
      let table = graph.state(name, .float32, [context + offset, features])
      return graph.cast(rows(of: table, x, in: &graph), to: graph.floatingType)
    }
  }

  private func table(_ count: Int, in graph: inout GraphBuilder) -> Variable {
    graph.parameter("weight", [count, features])
  }

  private func rows(
    of table: Variable, _ x: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    graph.call("Embedding", table, graph.positions(count: x.size(1)))
  }
}
