// "Differential Transformer", Ye et al., 2024. <https://arxiv.org/abs/2410.05258>

import ModelGraph

/// Llama whose attention is the difference of two.
enum DiffLlama {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32000, features: 2048, inner: 8192, depth: 16, heads: 32, context: 2048,
        epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    let base = stack
    var blueprint = stack.blueprint
    blueprint.decoder.block = { index, tables in
      var block = base.block(index, tables.first)
      block.attention = Attention(
        sizes: sizes, bias: base.bias, rotary: tables.first ?? RotaryTables(width: 0))
      return block
    }
    return blueprint
  }

  /// The difference of the attention of the first half of the heads and that of the second.
  struct Attention: Layer {
    var sizes: DecoderSizes
    var bias: Bool
    var rotary: RotaryTables

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let counts = [
        ("q_proj", sizes.heads), ("k_proj", sizes.keyHeads), ("v_proj", sizes.keyHeads),
      ]
      let heads = counts.map { name, count in
        let mapped = Linear(sizes.features, count * sizes.width, bias: bias).named(name)(
          x, in: &graph)
        return graph.transpose(
          graph.view(mapped, [x.size(0), x.size(1), count, sizes.width]), 1, 2)
      }
      let factors = ["lambda_q1", "lambda_k1", "lambda_q2", "lambda_k2"].map {
        graph.parameter($0, [sizes.width])
      }
      let turned = [
        rotary.turn(heads[0], in: &graph), rotary.turn(heads[1], in: &graph), heads[2],
      ]
      let type = TensorType(
        x.type.dataType, [x.size(0), x.size(1), sizes.heads * sizes.width])
      let mixed = graph.opaque("DifferentialAttention", turned + factors, gives: [type])[0]
      return Linear(sizes.heads * sizes.width, sizes.features, bias: bias).named("o_proj")(
        mixed, in: &graph)
    }
  }
}
