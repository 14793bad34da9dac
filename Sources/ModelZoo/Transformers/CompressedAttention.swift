import ModelGraph

/// Attention of many queries to one key head, near tokens one by one, those before them compressed.
///
/// "DeepSeek-V4", DeepSeek-AI, 2026, section 2.3.
struct CompressedAttention: Layer {
  var features: Int
  var heads: Int
  var width: Int

  /// The features of the queries' latent vector.
  var rank: Int
  var rotaryWidth: Int
  var outputGroups: Int
  var outputRank: Int
  var epsilon: Double
  var window: Int

  /// How many tokens become one.
  var sparseRate: Int
  var heavyRate: Int
  var indexHeads: Int
  var indexWidth: Int
  var kind = Kind.window

  enum Kind: Hashable, Sendable {
    /// The window alone.
    case window

    /// Short overlapping stretches, of which an indexer chooses.
    case sparse

    /// Long stretches, all of which are seen.
    case heavy
  }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let latent = norm(rank).named("q_a_norm")(
      Linear(features, rank, bias: false).named("q_a_proj")(x, in: &graph), in: &graph)
    let queries = Linear(rank, heads * width, bias: false).named("q_b_proj")(latent, in: &graph)
    let keys = norm(width).named("kv_norm")(
      Linear(features, width, bias: false).named("kv_proj")(x, in: &graph), in: &graph)
    let compressed = kind == .window ? [] : [compressor(x, latent, in: &graph)]
    let mixed = graph.opaque(
      "CompressedAttention", [queries, keys, graph.parameter("sinks", [heads])] + compressed,
      gives: [queries.type])[0]
    return output(mixed, in: &graph)
  }

  private func norm(_ features: Int) -> FeatureNormalization {
    FeatureNormalization(kind: .rootMeanSquare, features: features, epsilon: epsilon)
  }

  /// Maps groups of heads apart, then all together.
  private func output(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let each = max(1, heads * width / outputGroups)
    let type = TensorType(
      x.type.dataType, [x.size(0), x.size(1), outputGroups * outputRank])
    let grouped = graph.scoped("o_a_proj") { graph in
      graph.opaque(
        "GroupedLinear", [x, graph.parameter("weight", [outputGroups * outputRank, each])],
        gives: [type], layer: .linear)[0]
    }
    return Linear(outputGroups * outputRank, features, bias: false).named("o_b_proj")(
      grouped, in: &graph)
  }

  private func compressor(
    _ x: Variable, _ latent: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    graph.scoped("compressor") { graph in
      let isSparse = kind == .sparse
      let compressed = compress(
        x, to: width, by: isSparse ? sparseRate : heavyRate, overlapping: isSparse, in: &graph)
      return isSparse ? choose(compressed, x, latent, in: &graph) : compressed
    }
  }

  /// One vector for so many tokens, a weighted mean of them.
  private func compress(
    _ x: Variable, to width: Int, by rate: Int, overlapping: Bool, in graph: inout GraphBuilder
  ) -> Variable {
    Self.declareTables(in: "rotary_emb", width: rotaryWidth, in: &graph)
    let inner = overlapping ? 2 * width : width
    let keys = Linear(features, inner, bias: false).named("kv_proj")(x, in: &graph)
    let gates = Linear(features, inner, bias: false).named("gate_proj")(x, in: &graph)
    let bias = graph.parameter("position_bias", [rate, inner])
    let weight = graph.parameter("kv_norm.weight", [width])
    let type = TensorType(x.type.dataType, [x.size(0), x.size(1) / max(1, rate), width])
    return graph.opaque("Compression", [keys, gates, bias, weight], gives: [type])[0]
  }

  /// The compressed vectors that an indexer chooses.
  private func choose(
    _ compressed: Variable, _ x: Variable, _ latent: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    graph.scoped("indexer") { graph in
      let keys = compress(x, to: indexWidth, by: sparseRate, overlapping: true, in: &graph)
      let queries = Linear(rank, indexHeads * indexWidth, bias: false).named("q_b_proj")(
        latent, in: &graph)
      let weights = Linear(features, indexHeads, bias: false).named("scorer.weights_proj")(
        x, in: &graph)
      return graph.opaque(
        "TokenIndexer", [compressed, keys, queries, weights], gives: [compressed.type])[0]
    }
  }

  /// The tables of both kinds of positions, which no checkpoint has.
  static func declareTables(width: Int, in graph: inout GraphBuilder) {
    for kind in ["main", "compress"] {
      for name in ["inv_freq", "original_inv_freq"] {
        _ = graph.state("\(kind)_\(name)", .float32, [width.dividedRoundingUp(by: 2)])
      }
    }
  }

  private static func declareTables(
    in module: String, width: Int, in graph: inout GraphBuilder
  ) {
    graph.scoped(module) { declareTables(width: width, in: &$0) }
  }
}

extension CompressedAttention {
  /// What a layer of a kind keeps; keys are values too where stretches are compressed.
  func cache(_ kind: Kind) -> CacheLayer {
    guard kind != .window else { return .attention(heads: 1, width: width, window: window) }
    let near = [
      CachedTensor("keys", [1, width], .window(window)),
      CachedTensor("values", [1, width], .window(window), isShared: true),
    ]
    guard kind == .sparse else {
      return CacheLayer(near + stretches("compressor", width, by: heavyRate, overlapping: false))
    }
    return CacheLayer(
      near + stretches("compressor", width, by: sparseRate, overlapping: true)
        + stretches("indexer", indexWidth, by: sparseRate, overlapping: true))
  }

  /// Tokens that wait to be compressed, what came of those before, and the last stretch.
  private func stretches(
    _ name: String, _ width: Int, by rate: Int, overlapping: Bool
  ) -> [CachedTensor] {
    let inner = overlapping ? 2 * width : width
    let parts = ["kv", "gate"]
    let waiting = parts.map { CachedTensor("\(name).buffer_\($0)", [inner], .rest(rate)) }
    let last = parts.map { CachedTensor("\(name).overlap_\($0)", [rate, width], .fixed) }
    return waiting + [CachedTensor("\(name).compressed_kv", [width], .perTokens(rate))]
      + (overlapping ? last : [])
  }
}

/// A block over several residual streams, which it mixes before and after each part.
///
/// Xie et al., "mHC: Manifold-Constrained Hyper-Connections", 2025.
/// <https://arxiv.org/abs/2512.24880>
struct StreamedBlock: Layer {
  var attention: CompressedAttention
  var network: MixtureOfExperts
  var norm: FeatureNormalization
  var streams: Int

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let attended = branch(
      x, "attn_hc", norm: "input_layernorm", attention.named("self_attn"), in: &graph)
    return branch(
      attended, "ffn_hc", norm: "post_attention_layernorm", network.named("mlp"), in: &graph)
  }

  private func branch(
    _ x: Variable, _ name: String, norm normName: String, _ layer: any Layer,
    in graph: inout GraphBuilder
  ) -> Variable {
    let parts = graph.scoped(name) { connect(x, in: &$0) }
    let normalized = norm.named(normName)(parts[0], in: &graph)
    let given = layer(normalized, in: &graph)
    return graph.opaque("StreamSum", [x, given, parts[1], parts[2]], gives: [x.type])[0]
  }

  /// The streams as one, the weights of what comes back, and the matrix that mixes streams.
  private func connect(_ x: Variable, in graph: inout GraphBuilder) -> [Variable] {
    let (all, features) = ((2 + streams) * streams, x.size(-1))
    let weights = [
      graph.parameter("fn", [all, streams * features]), graph.parameter("base", [all]),
      graph.parameter("scale", [3]),
    ]
    let (batch, length) = (x.size(0), x.size(1))
    return graph.opaque(
      "HyperConnection", [x] + weights,
      gives: [
        TensorType(x.type.dataType, [batch, length, features]),
        TensorType(.float32, [batch, length, streams]),
        TensorType(.float32, [batch, length, streams, streams]),
      ])
  }

  /// Copies of the embeddings, one for each stream.
  static func split(_ x: Variable, into streams: Int, in graph: inout GraphBuilder) -> Variable {
    let row = graph.view(x, [x.size(0), x.size(1), 1, x.size(2)])
    return graph.contiguous(
      graph.expand(row, to: [x.size(0), x.size(1), streams, x.size(2)]), unless: streams == 1)
  }

  /// The weighted sum of the streams.
  static func join(_ x: Variable, _ streams: Int, in graph: inout GraphBuilder) -> Variable {
    let weights = [
      graph.parameter("hc_fn", [streams, streams * x.size(-1)]),
      graph.parameter("hc_base", [streams]), graph.parameter("hc_scale", [1]),
    ]
    let type = TensorType(x.type.dataType, [x.size(0), x.size(1), x.size(-1)])
    return graph.opaque("HyperConnection", [x] + weights, gives: [type])[0]
  }
}
