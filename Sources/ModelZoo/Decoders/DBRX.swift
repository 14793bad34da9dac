// "Introducing DBRX: A New State-of-the-Art Open LLM", Databricks, 2024.
// <https://www.databricks.com/blog/introducing-dbrx-new-state-art-open-llm>

import ModelGraph

/// Packed attention between two normalizations, and fine-grained experts in one matrix a map.
enum DBRX {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let stack = try stack(c)
    let mixture = try mixture(c, stack.sizes)
    var blueprint = stack.blueprint
    blueprint.experts = mixture.routing
    blueprint.decoder.block = { [stack] _, tables in
      Block(attention: stack.attention(tables.first), network: mixture, norm: stack.norm)
    }
    return blueprint
  }

  private static func stack(_ c: Configuration) throws(ConfigurationError) -> LlamaStack {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32000, features: 2048, inner: 3584, depth: 24, heads: 16, context: 2048,
        epsilon: 1e-5))
    sizes.features = try c.size("d_model", "hidden_size", default: 2048)
    sizes.depth = try c.depth("n_layers", "num_hidden_layers", default: 24)
    sizes.heads = try c.size("n_heads", "num_attention_heads", default: 16)
    sizes.width = max(1, sizes.features / sizes.heads)
    sizes.keyHeads = try c.part("attn_config").size("kv_n_heads", default: 1)
    sizes.context = try c.size("max_seq_len", "max_position_embeddings", default: 2048)
    sizes.epsilon = 1e-5
    var stack = LlamaStack(sizes)
    stack.decoderNames = .init(
      stack: "transformer", embedding: "wte", layers: "blocks", norm: "norm_f")
    stack.packedAttention = "Wqkv"
    stack.attentionNames.output = "out_proj"
    stack.normKind = .layer(bias: false)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.dropout = try c.part("attn_config").number("attn_pdrop", default: 0)
    return stack
  }

  private static func mixture(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> Mixture {
    let part = try c.part("ffn_config")
    return Mixture(
      features: sizes.features, inner: try part.size("ffn_hidden_size", default: 3584),
      routing: ExpertRouting(
        count: try part.size("moe_num_experts", default: 4),
        used: try part.size("moe_top_k", default: 1)))
  }
}

extension DBRX {
  /// Attention between its two normalizations, then the experts.
  struct Block: Layer {
    var attention: GroupedAttention
    var network: Mixture
    var norm: FeatureNormalization

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let (sum, normalized) = graph.scoped("norm_attn_norm") { graph in
        let first = norm.named("norm_1")(x, in: &graph)
        let sum = graph.add(x, attention.named("attn")(first, in: &graph))
        return (sum, norm.named("norm_2")(sum, in: &graph))
      }
      return graph.add(sum, network.named("ffn")(normalized, in: &graph))
    }
  }

  /// A router and experts, of which each map is the rows of one matrix.
  struct Mixture: Layer {
    var features: Int
    var inner: Int
    var routing: ExpertRouting

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let rows = graph.view(x, [-1, features])
      let scores = Linear(features, routing.count, bias: false).named("router.layer")(
        rows, in: &graph)
      let mixed = graph.scoped("experts.mlp") { graph in
        let weights = ["w1", "v1", "w2"].map {
          graph.parameter($0, [routing.count * inner, features])
        }
        return graph.opaque(
          "MixtureOfExperts", [rows, scores] + weights, gives: [rows.type], layer: .experts)[0]
      }
      return graph.view(mixed, x.shape)
    }
  }
}
