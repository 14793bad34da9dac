// "DeepSeek-V3.2: Pushing the Frontier of Open Large Language Models", 2025.
// <https://arxiv.org/abs/2512.02556>
// GLM-5: <https://huggingface.co/zai-org/GLM-5>, 2026.

import ByteFormats
import ModelGraph

/// DeepSeek-V3 whose attention looks only at tokens that an indexer has chosen.
enum DeepSeekV32 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c.without("num_key_value_heads"),
      .init(
        vocabulary: 129_280, features: 7168, inner: 18432, depth: 61, heads: 128,
        context: 163_840))
    let attention = try DeepSeekV3.attention(
      c, sizes, ranks: (query: 1536, key: 512), plain: 128, value: 128)
    let mixture = try DeepSeekV3.mixture(c, sizes, routed: 256, shared: 1, used: 8, inner: 2048)
    let indexed = Array(repeating: true, count: sizes.depth)
    return try blueprint(c, sizes, attention, mixture, heads: 64, indexed: indexed)
  }

  /// A stack in which some layers have an indexer of their own and the others use the one before.
  fileprivate static func blueprint(
    _ c: Configuration, _ sizes: DecoderSizes, _ attention: LatentAttention,
    _ mixture: MixtureOfExperts, heads: Int, indexed: [Bool]
  ) throws(ConfigurationError) -> DecoderBlueprint {
    let indexer = TokenIndexer(
      features: sizes.features, rank: attention.queryRank ?? sizes.features,
      heads: try c.size("index_n_heads", default: heads),
      width: try c.size("index_head_dim", default: 128))
    let firstMixture = try c.count("first_k_dense_replace", default: 3)
    let types = try c.layerTypes("mlp_layer_types", depth: sizes.depth)
    let stack = LlamaStack(sizes)
    let decoder = Decoder(
      vocabulary: sizes.vocabulary, features: sizes.features, depth: sizes.depth,
      head: sizes.head, isTied: sizes.isTied, norm: stack.norm,
      rotary: [.init(embedding: RotaryEmbedding(width: attention.rotaryWidth))]
    ) { index, tables in
      var attention = attention
      attention.rotary = tables.first ?? RotaryTables(width: 0)
      attention.indexer = indexed[index] ? indexer : nil
      let isSparse = types.map { $0[index] == "sparse" } ?? (index >= firstMixture)
      let network: any Layer = isSparse ? mixture : stack.gated(sizes.inner)
      return DecoderBlock(attention: attention, feedForward: network, norm: stack.norm)
    }
    return DecoderBlueprint(
      decoder: decoder,
      cache: indexed.map { isIndexed in
        CacheLayer(attention.cache.tensors + (isIndexed ? indexer.cache.tensors : []))
      }, context: sizes.context, experts: mixture.routing)
  }
}

/// GLM with latent attention to chosen tokens, in some models chosen once for several layers.
enum GLMMoEDSA {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c.without("num_key_value_heads"),
      .init(
        vocabulary: 154_880, features: 6144, inner: 12288, depth: 78, heads: 64,
        context: 202_752, epsilon: 1e-5))
    let attention = try DeepSeekV3.attention(
      c, sizes, ranks: (query: 2048, key: 512), plain: 192, value: 256)
    let mixture = try DeepSeekV3.mixture(c, sizes, routed: 256, shared: 1, used: 8, inner: 2048)
    return try DeepSeekV32.blueprint(
      c, sizes, attention, mixture, heads: 32, indexed: try indexed(c, depth: sizes.depth))
  }

  /// Which layers choose tokens, as a list, a pattern of letters, or a period after the first ones.
  private static func indexed(
    _ c: Configuration, depth: Int
  ) throws(ConfigurationError) -> [Bool] {
    if let types = try c.layerTypes("indexer_types", depth: depth) {
      return types.map { $0 == "full" }
    }
    if let pattern = c.entry(["index_topk_pattern"])?.value.string {
      guard pattern.utf8.count >= depth else {
        throw .contradiction("index_topk_pattern has fewer letters than there are layers")
      }
      return pattern.prefix(depth).map { $0 == "F" }
    }
    let period = try c.size("index_topk_freq", default: 1)
    let offset = try c.count("index_skip_topk_offset", default: 2)
    return (0..<depth).map { max($0 - offset + 1, 0) % period == 0 }
  }
}

/// What chooses the tokens that attention looks at, by small heads over one key a token.
struct TokenIndexer: Layer {
  var features: Int

  /// The features of the queries' latent vector.
  var rank: Int
  var heads: Int
  var width: Int

  /// Chooses by a layer's input; the latent vector of the queries is remembered as `queries`.
  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let latent = graph.recall("queries") ?? x
    let queries = Linear(rank, heads * width, bias: false).named("wq_b")(latent, in: &graph)
    let keys = Linear(features, width, bias: false).named("wk")(x, in: &graph)
    let normalized = FeatureNormalization(
      kind: .layer(bias: true), features: width, epsilon: 1e-6
    ).named("k_norm")(keys, in: &graph)
    let weights = Linear(features, heads, bias: false).named("weights_proj")(x, in: &graph)
    let scores = TensorType(.float32, [x.size(0), x.size(1), x.size(1)])
    return graph.opaque("TokenIndexer", [queries, normalized, weights], gives: [scores])[0]
  }

  /// One key for each token.
  var cache: CacheLayer { CacheLayer([CachedTensor("indexer_keys", [width])]) }
}
