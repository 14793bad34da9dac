// "MPNet: Masked and Permuted Pre-training for Language Understanding", Song et al., 2020.
// <https://arxiv.org/abs/2004.09297>

import ModelGraph

/// BERT whose layers share a number for each distance, added to the scores of attention.
enum MPNet {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try EncoderSizes(c, EncoderSizes(vocabulary: 30527, types: 0, padding: 1))
    sizes.types = 0
    sizes.padding = 1
    sizes.isCausal = false
    var embeddings = EncoderEmbeddings(sizes)
    embeddings.keepsTypes = false
    embeddings.positions = .afterPadding(sizes.padding)
    let stack = Stack(
      sizes: sizes, embeddings: embeddings,
      buckets: try c.size("relative_attention_num_buckets", default: 32))
    let isPooled = sizes.task == .none || sizes.task == .multipleChoice
    let network = Encoder(
      base: "mpnet", stack: stack,
      pooler: isPooled ? FirstTokenPooler(features: sizes.features) : nil,
      head: RoBERTa.head(sizes, table: "mpnet.embeddings.word_embeddings.weight"))
    return Blueprint(network: network, input: sizes.input(longest: embeddings.longest))
  }

  private struct Stack: Layer {
    let sizes: EncoderSizes
    let embeddings: EncoderEmbeddings
    let buckets: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let embedded = embeddings.named("embeddings")(x, in: &graph)
      return graph.scoped("encoder") { graph in
        let offset = RelativePositions(buckets: buckets, heads: sizes.heads)
          .table(queries: x.size(1), keys: x.size(1), named: "relative_attention_bias", in: &graph)
        return Repeat(sizes.depth) { _ in block(offset) }.named("layer")(embedded, in: &graph)
      }
    }

    private func block(_ offset: Variable) -> EncoderBlock {
      let attention = Attention(
        features: sizes.features, heads: sizes.heads, width: sizes.width,
        names: .init(query: "q", key: "k", value: "v"), dropout: sizes.attentionDropout,
        offset: offset, kernel: .writtenOut)
      let branches = [
        EncoderBlock.Branch(
          body: attention.named("attention.attn"), inner: sizes.allHeads, module: "attention",
          projection: "attn.o", norm: "LayerNorm"), BERT.network(sizes),
      ]
      return EncoderBlock(branches: branches, norm: sizes.norm, dropout: sizes.dropout)
    }
  }
}
