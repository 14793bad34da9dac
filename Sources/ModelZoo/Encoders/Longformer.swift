// "Longformer: The Long-Document Transformer", Beltagy, Peters and Cohan, 2020.
// <https://arxiv.org/abs/2004.05150>

import ModelGraph

/// RoBERTa whose tokens see what is near, and a few see everything.
enum Longformer {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try EncoderSizes(c, EncoderSizes(padding: 1))
    sizes.isCausal = false
    sizes.headDropout = sizes.dropout
    var embeddings = EncoderEmbeddings(sizes)
    embeddings.positions = .afterPadding(sizes.padding)
    embeddings.keepsPositions = false
    embeddings.keepsTypes = false
    let stack = Sequential {
      embeddings.named("embeddings")
      Repeat(sizes.depth) { [sizes] _ in
        EncoderBlock(
          branches: [
            BERT.branch(LongAttention(sizes: sizes), sizes, module: "attention"),
            BERT.network(sizes),
          ], norm: sizes.norm, dropout: sizes.dropout)
      }.named("encoder.layer")
    }
    let isPooled = sizes.task == .none || sizes.task == .multipleChoice
    let network = Encoder(
      base: "longformer", stack: stack,
      pooler: isPooled ? FirstTokenPooler(features: sizes.features) : nil,
      head: RoBERTa.head(sizes, table: "longformer.embeddings.word_embeddings.weight"))
    return Blueprint(network: network, input: sizes.input(longest: embeddings.longest))
  }
}

/// Attention to what is near, with maps of their own for tokens that see everything.
struct LongAttention: Layer {
  let sizes: EncoderSizes

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    var near = BERT.attention(sizes)
    near.kernel = .opaque("NearAttention")
    var far = near
    far.names = .init(query: "query_global", key: "key_global", value: "value_global")
    let mixed = near(x, in: &graph)
    graph.parametersOnly { far(x, in: &$0) }
    return mixed
  }
}
