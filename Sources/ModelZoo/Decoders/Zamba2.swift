// "The Zamba2 Suite: Technical Report", Glorioso et al., 2024. <https://arxiv.org/abs/2411.15242>

import ModelGraph

/// Mamba 2, and a few attention blocks shared in turn, each layer with adapters of its own.
enum Zamba2 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try sizes(c)
    let isHybrid = try c.listedHybrids ?? standard
    let blocks = try c.size("num_mem_blocks", default: 1)
    let mixer = try mixer(c, sizes)
    let shared = try shared(c, sizes, hybrids: isHybrid.count(where: \.self), blocks: blocks)
    let hybrids = isHybrid.indices.filter { isHybrid[$0] }
    let norm = LlamaStack(sizes).norm
    let isTurned = try c.flag("use_mem_rope", default: false)
    let table = Decoder.RotaryModule(embedding: RotaryEmbedding(width: sizes.width))
    var decoder = Decoder(
      vocabulary: sizes.vocabulary, features: sizes.features, depth: isHybrid.count,
      head: sizes.head, isTied: sizes.isTied, norm: norm,
      rotary: isTurned ? [table] : [],
      names: .init(norm: "final_layernorm")
    ) { index, tables in
      let place = hybrids.firstIndex(of: index)
      let owner = place.flatMap { sizes.isTied ? hybrids[$0 % blocks] : nil } ?? index
      return Zamba.Layered(
        mixer: mixer, norm: norm, shared: place.map { shared.at($0, tables.first) },
        sharedName: "shared_transformer", index: index, owner: owner)
    }
    decoder.opening = { x, graph in
      graph.remember(x, as: "embeddings")
      return x
    }
    return DecoderBlueprint(
      decoder: decoder,
      cache: isHybrid.map { isHybrid in
        CacheLayer((isHybrid ? shared.cache.tensors : []) + mixer.cache.tensors)
      }, context: sizes.context)
  }

  /// The layers of the library's default: every sixth, then some at the end.
  private static let standard: [Bool] =
    [false] + (0..<7).flatMap { _ in [false, false, false, false, false, true] }
    + [false, false, false, false, true] + [false, false, false, true] + [false, false]

  private static func sizes(_ c: Configuration) throws(ConfigurationError) -> DecoderSizes {
    let features = try c.size("hidden_size", default: 2560)
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32000, features: 2560, inner: 4 * features, depth: 54, heads: 32,
        context: 4096, epsilon: 1e-5, activation: "gelu", isTied: true))
    sizes.width = try c.size(
      "head_dim", "attention_head_dim", default: max(1, 2 * features / sizes.heads))
    if try c.flag("use_long_context", default: false) { sizes.context = 16384 }
    return sizes
  }

  private static func mixer(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> Mamba2Mixer {
    let inner = try c.size("mamba_expand", default: 2, in: 1...1024) * sizes.features
    let heads = try c.size("n_mamba_heads", default: 8)
    return Mamba2Mixer(
      features: sizes.features, inner: inner, heads: heads,
      width: try c.size("mamba_headdim", default: max(1, inner / heads)),
      states: try c.size("mamba_d_state", default: 64),
      groups: try c.size("mamba_ngroups", default: 1),
      kernel: try c.size("mamba_d_conv", default: 4),
      bias: try c.flag("add_bias_linear", default: false), convolutionBias: true)
  }

  private static func shared(
    _ c: Configuration, _ sizes: DecoderSizes, hybrids: Int, blocks: Int
  ) throws(ConfigurationError) -> SharedBlock {
    SharedBlock(
      sizes: sizes, bias: try c.flag("add_bias_linear", default: false), hybrids: hybrids,
      blocks: blocks, rank: try c.size("adapter_rank", default: 128),
      adaptsAttention: try c.flag("use_shared_attention_adapter", default: false))
  }
}

extension Zamba2 {
  /// Attention and a network over a layer's input beside the embeddings, with adapters.
  struct SharedBlock: Layer {
    var sizes: DecoderSizes
    var bias: Bool

    /// How many layers have a shared block, and how many blocks there are.
    var hybrids: Int
    var blocks: Int

    /// The features inside an adapter.
    var rank: Int
    var adaptsAttention: Bool

    /// Which of the layers with a shared block this is.
    var place = 0
    var rotary = RotaryTables(width: 0)

    func at(_ place: Int, _ tables: RotaryTables?) -> SharedBlock {
      var block = self
      block.place = place
      block.rotary = tables ?? RotaryTables(width: 0)
      return block
    }

    private var wide: Int { 2 * sizes.features }

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let both = graph.concatenate([x, graph.recall("embeddings") ?? x], axis: 2)
      var wideNorm = LlamaStack(sizes).norm
      wideNorm.features = wide
      let normalized = wideNorm.named("input_layernorm")(both, in: &graph)
      let attended = graph.scoped("self_attn") { attend(normalized, in: &$0) }
      let narrow = LlamaStack(sizes).norm.named("pre_ff_layernorm")(attended, in: &graph)
      return graph.scoped("feed_forward") { feed(narrow, in: &$0) }
    }

    private func attend(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let counts = [("q", sizes.heads), ("k", sizes.keyHeads), ("v", sizes.keyHeads)]
      let heads = counts.map { name, count in
        let mapped = adapted(
          x, map: "\(name)_proj", adapter: adaptsAttention ? "linear_\(name)_adapter_list" : nil,
          from: wide, to: count * sizes.width, bias: false, in: &graph)
        return graph.transpose(
          graph.view(mapped, [x.size(0), x.size(1), count, sizes.width]), 1, 2)
      }
      let turned = [
        rotary.turn(heads[0], in: &graph), rotary.turn(heads[1], in: &graph), heads[2],
      ]
      let mixed = graph.attention(turned, dropout: 0, isCausal: true)
      let joined = graph.view(
        graph.transpose(mixed, 1, 2), [x.size(0), x.size(1), sizes.heads * sizes.width])
      return Linear(sizes.heads * sizes.width, sizes.features, bias: false).named("o_proj")(
        joined, in: &graph)
    }

    private func feed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let both = adapted(
        x, map: "gate_up_proj", adapter: "gate_up_proj_adapter_list", from: sizes.features,
        to: 2 * sizes.inner, bias: bias, in: &graph)
      let parts = graph.chunk(both, into: 2, axis: 2)
      let gated = graph.multiply(
        NamedActivation(name: sizes.activation)(parts[0], in: &graph), parts[1])
      return Linear(sizes.inner, sizes.features, bias: bias).named("down_proj")(gated, in: &graph)
    }

    /// A map with the low-rank difference of this layer; the block has those of its other layers.
    private func adapted(
      _ x: Variable, map: String, adapter: String?, from inputs: Int, to outputs: Int, bias: Bool,
      in graph: inout GraphBuilder
    ) -> Variable {
      let mapped = Linear(inputs, outputs, bias: bias).named(map)(x, in: &graph)
      guard let adapter else { return mapped }
      for index in stride(from: place % blocks, to: hybrids, by: blocks) {
        _ = graph.parameter("\(adapter).\(index).0.weight", [rank, inputs])
        _ = graph.parameter("\(adapter).\(index).1.weight", [outputs, rank])
      }
      let low = Sequential {
        Linear(inputs, rank, bias: false).named("\(adapter).\(place).0")
        Linear(rank, outputs, bias: false).named("\(adapter).\(place).1")
      }
      return graph.add(mapped, low(x, in: &graph))
    }

    /// Keys and values of every token.
    var cache: CacheLayer { .attention(heads: sizes.keyHeads, width: sizes.width) }
  }
}
