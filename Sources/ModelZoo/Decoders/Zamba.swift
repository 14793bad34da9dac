// "Zamba: A Compact 7B SSM Hybrid Model", Glorioso et al., 2024. <https://arxiv.org/abs/2405.16712>

import ModelGraph

/// Mamba with several heads, and one attention block that all its layers share.
enum Zamba {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32000, features: 3712, inner: 14848, depth: 76, heads: 16, keyHeads: 16,
        context: 4096, epsilon: 1e-5, activation: "gelu", isTied: true))
    sizes.width = try c.size(
      "attention_head_dim", "head_dim", default: max(1, 2 * sizes.features / sizes.heads))
    let wide = try c.size("attention_hidden_size", default: 2 * sizes.features)
    let mixer = try mixer(c, sizes)
    let isHybrid = try hybrids(c, depth: sizes.depth)
    let shared = SharedBlock(stack: LlamaStack(sizes), wide: wide)
    let first = isHybrid.firstIndex(of: true) ?? 0
    let norm = LlamaStack(sizes).norm
    var decoder = Decoder(
      vocabulary: sizes.vocabulary, features: sizes.features, depth: isHybrid.count,
      head: sizes.head, isTied: sizes.isTied, norm: norm, names: names
    ) { [sizes] index, _ in
      Layered(
        mixer: mixer, norm: norm, shared: isHybrid[index] ? shared : nil, index: index,
        owner: sizes.isTied ? first : index)
    }
    decoder.opening = { x, graph in
      graph.remember(x, as: "embeddings")
      return x
    }
    let attention = shared.attention.cache()
    return DecoderBlueprint(
      decoder: decoder,
      cache: isHybrid.map { isHybrid in
        CacheLayer((isHybrid ? attention.tensors : []) + mixer.cache.tensors)
      }, context: sizes.context)
  }

  private static let names = Decoder.Names(norm: "final_layernorm")

  /// Which layers have the shared block too, as a list or by a period after the first three.
  private static func hybrids(
    _ c: Configuration, depth: Int
  ) throws(ConfigurationError) -> [Bool] {
    if let listed = try c.listedHybrids { return listed }
    let period = try c.size("attn_layer_period", default: 6)
    let offset = try c.count("attn_layer_offset", default: 4)
    return [false, false, true] + (0..<max(0, depth - 3)).map { $0 % period == offset }
  }

  private static func mixer(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> MultiheadMambaMixer {
    let inner = try c.size("mamba_expand", default: 2, in: 1...1024) * sizes.features
    let heads = try c.size("n_mamba_heads", default: 2)
    guard inner % heads == 0 else {
      throw .contradiction("\(inner) features cannot be split among \(heads) Mamba heads evenly")
    }
    return MultiheadMambaMixer(
      features: sizes.features, inner: inner, heads: heads,
      states: try c.size("mamba_d_state", default: 16),
      kernel: try c.size("mamba_d_conv", default: 4),
      rank: try c.timeStepRank("mamba_dt_rank", features: sizes.features),
      bias: try c.flag("mamba_proj_bias", default: false),
      convolutionBias: try c.flag("mamba_conv_bias", default: true))
  }
}

extension Configuration {
  /// Which layers have the shared block too, where they are listed.
  var listedHybrids: [Bool]? {
    get throws(ConfigurationError) {
      guard let types = try texts("layers_block_type", "layer_types") else { return nil }
      guard types.count <= Self.maximumDepth else {
        throw .contradiction("\(path)layers_block_type has too many entries")
      }
      return types.map { $0 == "hybrid" }
    }
  }
}

extension Zamba {
  /// A Mamba layer, with what the shared block gives added to its input in some.
  struct Layered: Layer {
    var mixer: any Layer
    var norm: FeatureNormalization
    var shared: (any Layer)?
    var sharedName = "shared_transf"
    var index: Int

    /// The layer whose shared block has the tensors; the library shares them only where it ties
    /// the embeddings too.
    var owner: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      guard let shared else { return mixed(x, x, in: &graph) }
      let path = "\(graph.path.dropLast("\(index)".count))\(owner).\(sharedName)"
      let given = graph.scoped(sharedName, sharing: path) { shared(x, in: &$0) }
      let features = x.size(-1)
      let mapped = Linear(features, features, bias: false).named("linear")(given, in: &graph)
      return graph.scoped("mamba_decoder") { graph in
        mixed(graph.add(x, mapped), x, in: &graph)
      }
    }

    private func mixed(
      _ x: Variable, _ residual: Variable, in graph: inout GraphBuilder
    ) -> Variable {
      let normalized = norm.named("input_layernorm")(x, in: &graph)
      return graph.add(residual, graph.scoped("mamba") { mixer(normalized, in: &$0) })
    }
  }

  /// Attention and a network over a layer's input beside the embeddings.
  struct SharedBlock: Layer {
    var stack: LlamaStack
    var wide: Int

    var attention: GroupedAttention {
      var attention = stack.attention(nil)
      attention.inputs = wide
      return attention
    }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var wideNorm = stack.norm
      wideNorm.features = wide
      let both = graph.concatenate([x, graph.recall("embeddings") ?? x], axis: 2)
      let attended = Sequential {
        wideNorm.named("input_layernorm")
        attention.named("self_attn")
        stack.norm.named("pre_ff_layernorm")
        stack.gated(stack.sizes.inner).named("feed_forward")
      }
      return attended(both, in: &graph)
    }
  }
}

/// Mamba whose features fall into heads with maps of their own.
struct MultiheadMambaMixer: Layer {
  var features: Int
  var inner: Int
  var heads: Int
  var states: Int
  var kernel: Int
  var rank: Int
  var bias: Bool
  var convolutionBias: Bool

  private var each: Int { inner / heads }

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let both = Linear(features, 2 * inner, bias: bias).named("in_proj")(x, in: &graph)
    let parts = graph.chunk(both, into: 2, axis: 2)
    let filters = graph.scoped("conv1d") { graph in
      [graph.parameter("weight", [inner, 1, kernel])]
        + (convolutionBias ? [graph.parameter("bias", [inner])] : [])
    }
    let mixed = graph.opaque("CausalConvolution", [parts[0]] + filters, gives: [parts[0].type])[0]
    let scanned = graph.opaque(
      "SelectiveScan", [mixed, parts[1]] + weights(in: &graph), gives: [mixed.type])[0]
    return Linear(inner, features, bias: bias).named("out_proj")(scanned, in: &graph)
  }

  private func weights(in graph: inout GraphBuilder) -> [Variable] {
    [
      graph.parameter("x_proj_weight", [heads, rank + 2 * states, each]),
      graph.parameter("dt_proj_weight", [heads, each, rank]),
      graph.parameter("dt_proj_bias", [heads, each]),
      graph.parameter("A_log", [heads, each, states]), graph.parameter("D", [heads, each]),
    ]
  }

  /// The last inputs of the convolution and the states of the heads.
  var cache: CacheLayer {
    CacheLayer([
      CachedTensor("conv_states", [inner, kernel], .fixed),
      CachedTensor("recurrent_states", [heads, each, states], .fixed, dataType: .float32),
    ])
  }
}
