// "Multilingual Denoising Pre-training for Neural Machine Translation" (mBART), Liu et al., 2020.
// <https://arxiv.org/abs/2001.08210>
// "PEGASUS", Zhang et al., 2020. <https://arxiv.org/abs/1912.08777>
// "Marian: Fast Neural Machine Translation in C++", Junczys-Dowmunt et al., 2018.
// <https://arxiv.org/abs/1804.00344>
// "Recipes for building an open-domain chatbot" (Blenderbot), Roller et al., 2020.
// <https://arxiv.org/abs/2004.13637>
// "Beyond English-Centric Multilingual Machine Translation" (M2M-100), Fan et al., 2020.
// <https://arxiv.org/abs/2010.11125>
// "No Language Left Behind", NLLB Team, 2022. <https://arxiv.org/abs/2207.04672>
// "Unified Pre-training for Program Understanding and Generation" (PLBART), Ahmad et al., 2021.
// <https://arxiv.org/abs/2103.06333>

import ModelGraph

/// BART normalized before each branch and after all.
enum MBART {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    BART.blueprint(
      try BARTSizes(c, BARTSizes(isNormalizedFirst: true, hasFinalNorm: true)))
  }
}

/// BART normalized before each branch, with positions that are not learned.
enum Pegasus {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    BART.blueprint(
      try BARTSizes(
        c,
        BARTSizes(
          positions: .waves, isNormalizedFirst: true, hasFinalNorm: true, hasEmbeddingNorm: false)))
  }
}

/// BART with positions that are not learned, perhaps with tables of tokens apart.
enum Marian {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try BARTSizes(
      c, BARTSizes(vocabulary: 58101, positions: .waves, hasEmbeddingNorm: false))
    let isShared = try c.flag("share_encoder_decoder_embeddings", default: true)
    if !isShared || sizes.task == .nextToken {
      sizes.targetVocabulary = try c.size("decoder_vocab_size", default: sizes.vocabulary)
    }
    return BART.blueprint(sizes)
  }
}

/// BART normalized before each branch; a deep decoder after a shallow encoder.
enum Blenderbot {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    BART.blueprint(
      try BARTSizes(
        c,
        BARTSizes(
          vocabulary: 8008, features: 2560, encoder: .init(depth: 2, inner: 10240, heads: 32),
          decoder: .init(depth: 24, inner: 10240, heads: 32), context: 128,
          positions: .learned(offset: 0), isNormalizedFirst: true, hasFinalNorm: true,
          hasEmbeddingNorm: false)))
  }

  static func small(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    BART.blueprint(
      try BARTSizes(
        c,
        BARTSizes(
          features: 512, encoder: .init(depth: 8, inner: 2048, heads: 16),
          decoder: .init(depth: 8, inner: 2048, heads: 16), context: 512,
          positions: .learned(offset: 0))))
  }
}

/// BART normalized before each branch, whose positions are kept as state.
enum M2M100 {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    BART.blueprint(try sizes(c))
  }

  /// The same with experts in some layers.
  static func mixture(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try sizes(c)
    sizes.network = "ffn"
    sizes.networkNorm = "ff_layer_norm"
    sizes.crossAttention = "cross_attention"
    sizes.crossNorm = "cross_attention_layer_norm"
    sizes.experts = ExpertRouting(
      count: try c.size("num_experts", default: 128, in: 1...65536), used: 2)
    sizes.routerBias = try c.flag("router_bias", default: false)
    sizes.sparseSteps = (
      try c.count("encoder_sparse_step", default: 4), try c.count("decoder_sparse_step", default: 4)
    )
    return BART.blueprint(sizes)
  }

  private static func sizes(_ c: Configuration) throws(ConfigurationError) -> BARTSizes {
    try BARTSizes(
      c,
      BARTSizes(
        vocabulary: 128112, activation: "relu", attentionDropout: 0.1, isScaled: true,
        positions: .waveState(offset: 2, name: "weights"), isNormalizedFirst: true,
        hasFinalNorm: true, hasEmbeddingNorm: false, hasTokenState: false))
  }
}

/// BART of half the depth, for programs.
enum PLBART {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    BART.blueprint(
      try BARTSizes(
        c,
        BARTSizes(
          vocabulary: 50005, features: 768, encoder: .init(depth: 6, inner: 3072, heads: 12),
          decoder: .init(depth: 6, inner: 3072, heads: 12), attentionDropout: 0.1, isScaled: true)))
  }
}

/// BART with other words, trained on many tasks at once; its prompts are not known here.
///
/// "MVP: Multi-task Supervised Pre-training for Natural Language Generation", Tang et al., 2022.
/// <https://arxiv.org/abs/2206.12131>
enum MVP {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    guard try !c.flag("use_prompt", default: false) else {
      throw .unknownChoice(key: "use_prompt", found: "true", known: ["false"])
    }
    return BART.blueprint(try BARTSizes(c, BARTSizes(vocabulary: 50267)))
  }
}
