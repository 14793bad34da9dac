// "Megatron-LM", Shoeybi et al., 2019. <https://arxiv.org/abs/1909.08053>
// "fairseq", Ott et al., 2019 (RoBERTa-PreLayerNorm). <https://arxiv.org/abs/1904.01038>
// "Larger-Scale Transformers for Multilingual Masked Language Modeling", Goyal et al., 2021.
// <https://arxiv.org/abs/2105.00572>

import ModelGraph

/// A BERT whose branches are normalized before, and whose stack is normalized after all.
struct PreNormalizedBERT: Sendable {
  /// The names of the normalizations inside attention, inside a block, and after the stack.
  var attentionNorm: String
  var networkNorm: String
  var lastNorm: String
  var hasEmbeddingNorm = false

  func stack(_ sizes: EncoderSizes, _ embeddings: EncoderEmbeddings) -> Sequential {
    var embeddings = embeddings
    embeddings.hasNorm = hasEmbeddingNorm
    let opening = embeddings
    return Sequential {
      opening.named("embeddings")
      blocks(sizes)
      sizes.norm.named(lastNorm)
    }
  }

  /// The blocks, which may turn queries and keys.
  func blocks(_ sizes: EncoderSizes, _ rotary: RotaryTables = RotaryTables(width: 0)) -> some Layer
  {
    Repeat(sizes.depth) { _ in block(sizes, rotary) }.named("encoder.layer")
  }

  private func block(_ sizes: EncoderSizes, _ rotary: RotaryTables) -> EncoderBlock {
    var attention = BERT.attention(sizes)
    attention.rotary = rotary
    var branches = [branch(attention, sizes, module: "attention")]
    if sizes.attendsElsewhere {
      branches.append(branch(attention, sizes, module: "crossattention"))
      branches[1].isIdle = true
    }
    var network = BERT.network(sizes)
    network.module = ""
    network.projection = "output.dense"
    network.norm = networkNorm
    return EncoderBlock(
      branches: branches + [network], norm: sizes.norm, isNormalizedFirst: true,
      dropout: sizes.dropout)
  }

  private func branch(
    _ attention: Attention, _ sizes: EncoderSizes, module: String
  ) -> EncoderBlock.Branch {
    EncoderBlock.Branch(
      body: attention.named("\(module).self"), inner: sizes.allHeads, module: module,
      projection: "output.dense", norm: attentionNorm)
  }
}

extension PreNormalizedBERT {
  static func megatron(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(
      c, EncoderSizes(vocabulary: 29056, features: 1024, inner: 4096, depth: 24, heads: 16))
    let form = PreNormalizedBERT(attentionNorm: "ln", networkNorm: "ln", lastNorm: "encoder.ln")
    var embeddings = EncoderEmbeddings(sizes)
    embeddings.keepsTypes = false
    var network = BERT.encoder(sizes, embeddings, base: "bert")
    network.stack = form.stack(sizes, embeddings)
    return BERT.blueprint(sizes, network)
  }

  static func roberta(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(c, EncoderSizes(vocabulary: 50265, padding: 1))
    let form = PreNormalizedBERT(
      attentionNorm: "LayerNorm", networkNorm: "intermediate.LayerNorm", lastNorm: "LayerNorm",
      hasEmbeddingNorm: true)
    return RoBERTa.blueprint(sizes, base: "roberta_prelayernorm") { form.stack(sizes, $0) }
  }

  static func multilingual(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let sizes = try EncoderSizes(
      c,
      EncoderSizes(
        vocabulary: 250_880, features: 2560, inner: 10240, depth: 36, heads: 32, context: 514,
        types: 1, epsilon: 1e-5, padding: 1))
    let form = PreNormalizedBERT(
      attentionNorm: "self_attn_layer_norm", networkNorm: "LayerNorm",
      lastNorm: "encoder.LayerNorm")
    return RoBERTa.blueprint(sizes, base: "roberta") { form.stack(sizes, $0) }
  }
}
