// "LongCat-Flash Technical Report", Meituan, 2025. <https://arxiv.org/abs/2509.01322>

import ModelGraph

/// Two latent attentions and networks a layer, beside a mixture of experts some of which do nothing.
enum LongcatFlash {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c.without("num_key_value_heads"),
      .init(
        vocabulary: 131_072, features: 6144, inner: 12288, depth: 28, heads: 64, context: 131_072,
        epsilon: 1e-5))
    sizes.depth = try c.depth("num_layers", default: 28)
    sizes.inner = try c.size("ffn_hidden_size", "intermediate_size", default: 12288)
    let attention = try DeepSeekV3.attention(
      c, sizes, ranks: (query: 1536, key: 512), plain: 128, value: 128)
    let mixture = try mixture(c, sizes)
    let stack = LlamaStack(sizes)
    let decoder = Decoder(
      vocabulary: sizes.vocabulary, features: sizes.features, depth: sizes.depth,
      head: sizes.head, isTied: sizes.isTied, norm: stack.norm,
      rotary: [.init(embedding: RotaryEmbedding(width: attention.rotaryWidth))]
    ) { [sizes] _, tables in
      var attention = attention
      attention.rotary = tables.first ?? RotaryTables(width: 0)
      return Block(
        attention: attention, network: stack.gated(sizes.inner), mixture: mixture,
        norm: stack.norm)
    }
    return DecoderBlueprint(
      decoder: decoder, cache: Array(repeating: attention.cache, count: 2 * sizes.depth),
      context: sizes.context, experts: mixture.routing)
  }

  private static func mixture(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> Mixture {
    Mixture(
      features: sizes.features,
      inner: try c.size("expert_ffn_hidden_size", "moe_intermediate_size", default: 2048),
      routing: ExpertRouting(
        count: try c.size("n_routed_experts", "num_local_experts", default: 512),
        used: try c.size("moe_topk", "num_experts_per_tok", default: 12)),
      idle: try c.count("zero_expert_num", default: 256),
      routerBias: try c.flag("router_bias", default: false))
  }
}

extension LongcatFlash {
  /// Two attentions with networks in a row; the experts see what the first attention gives.
  struct Block: Layer {
    var attention: LatentAttention
    var network: GatedFeedForward
    var mixture: Mixture
    var norm: FeatureNormalization

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      var hidden = x
      var shortcut: Variable?
      for index in 0..<2 {
        let normalized = norm.named("input_layernorm.\(index)")(hidden, in: &graph)
        hidden = graph.add(
          hidden, attention.named("self_attn.\(index)")(normalized, in: &graph))
        let second = norm.named("post_attention_layernorm.\(index)")(hidden, in: &graph)
        if index == 0 { shortcut = mixture.named("mlp")(second, in: &graph) }
        hidden = graph.add(hidden, network.named("mlps.\(index)")(second, in: &graph))
      }
      return shortcut.map { graph.add(hidden, $0) } ?? hidden
    }
  }

  /// A router over experts of which some give their input back.
  struct Mixture: Layer {
    var features: Int
    var inner: Int
    var routing: ExpertRouting

    /// The experts that do nothing.
    var idle: Int
    var routerBias: Bool

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let all = routing.count + idle
      let rows = graph.view(x, [-1, features])
      let scores = graph.scoped("router") { graph in
        _ = graph.state("e_score_correction_bias", .float32, [all])
        return Linear(features, all, bias: routerBias).named("classifier")(rows, in: &graph)
      }
      let mixed = graph.scoped("experts") { graph in
        // The library makes the first map of idle experts too.
        let weights = [
          graph.parameter("gate_up_proj", [all, 2 * inner, features]),
          graph.parameter("down_proj", [routing.count, features, inner]),
        ]
        return graph.opaque(
          "MixtureOfExperts", [rows, scores] + weights, gives: [rows.type], layer: .experts)[0]
      }
      return graph.view(mixed, x.shape)
    }
  }
}
