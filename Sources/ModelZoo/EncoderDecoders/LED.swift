// "Longformer: The Long-Document Transformer", Beltagy, Peters and Cohan, 2020.
// <https://arxiv.org/abs/2004.05150>
// "Big Bird: Transformers for Longer Sequences", Zaheer et al., 2020. <https://arxiv.org/abs/2007.14062>

import ModelGraph

/// BART whose encoder sees what is near, and a few tokens everything.
enum LED {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try BARTSizes(c, BARTSizes(positions: .learned(offset: 0)))
    sizes.base = "led"
    sizes.context = try c.size("max_encoder_position_embeddings", default: 16384)
    sizes.targetContext = try c.size("max_decoder_position_embeddings", default: 1024)
    sizes.encoderAttention = { sizes in
      let text = EncoderSizes(
        features: sizes.features, heads: sizes.encoder.heads,
        attentionDropout: sizes.attentionDropout)
      return EncoderBlock.Branch(
        body: LongAttention(sizes: text).named("self_attn.longformer_self_attn"),
        inner: sizes.features, projection: "self_attn.output", norm: "self_attn_layer_norm")
    }
    return BART.blueprint(sizes)
  }
}

/// BART normalized before each branch, whose encoder sees what is near and a few blocks at random.
enum BigBirdPegasus {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try BARTSizes(
      c,
      BARTSizes(
        vocabulary: 96103, encoder: .init(depth: 16, inner: 4096, heads: 16),
        decoder: .init(depth: 16, inner: 4096, heads: 16), context: 4096, activation: "gelu_new",
        isScaled: true, positions: .learned(offset: 0), isNormalizedFirst: true,
        hasFinalNorm: true, hasEmbeddingNorm: false))
    sizes.finalNorm = "layernorm_embedding"
    sizes.tiesDecoderAlone = false
    sizes.attentionBias = try c.flag("use_bias", default: false)
    let isSparse = try c.text("attention_type", default: "block_sparse") == "block_sparse"
    sizes.encoderAttention = { sizes in
      var attention = Attention(
        features: sizes.features, heads: sizes.encoder.heads,
        width: sizes.features / sizes.encoder.heads,
        names: .init(query: "query", key: "key", value: "value"),
        bias: sizes.attentionBias ? .init() : .none, dropout: sizes.attentionDropout)
      if isSparse { attention.kernel = .opaque("BlockSparseAttention") }
      return EncoderBlock.Branch(
        body: attention.named("self_attn.self"), inner: sizes.features,
        projection: "self_attn.output", norm: "self_attn_layer_norm", bias: sizes.attentionBias)
    }
    return BART.blueprint(sizes)
  }
}
