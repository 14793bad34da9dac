// "Switch Transformers: Scaling to Trillion Parameter Models with Simple and Efficient Sparsity",
// Fedus, Zoph and Shazeer, 2022. <https://arxiv.org/abs/2101.03961>

import ModelGraph

/// T5 in some of whose layers each token goes through one of many networks.
enum SwitchTransformers {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var sizes = try T5Sizes(
      c, T5Sizes(features: 768, encoderDepth: 12, decoderDepth: 12, heads: 12))
    sizes.decoderDepth =
      c.isNull("num_decoder_layers")
      ? sizes.encoderDepth : try c.depth("num_decoder_layers", default: 12)
    sizes.activation = try c.text("dense_act_fn", default: "relu")
    sizes.isGated = false
    sizes.isShared = try c.flag("tie_word_embeddings", default: true)
    sizes.network = "mlp"
    sizes.routerBias = try c.flag("router_bias", default: false)
    sizes.experts = ExpertRouting(
      count: try c.size("num_experts", default: 8, in: 1...65536), used: 1)
    let steps = (
      encoder: try step(c, "encoder", depth: sizes.encoderDepth),
      decoder: try step(c, "decoder", depth: sizes.decoderDepth)
    )
    sizes.isSparse = { index, isDecoder in
      let step = isDecoder ? steps.decoder : steps.encoder
      return step > 0 && (step == 1 || index % step == 1)
    }
    return try T5.blueprint(c, sizes)
  }

  /// Every so many layers one has experts.
  private static func step(
    _ c: Configuration, _ stack: String, depth: Int
  ) throws(ConfigurationError) -> Int {
    let count = try c.count("num_sparse_\(stack)_layers", default: 3)
    return try c.count("\(stack)_sparse_step", default: count > 0 ? depth / count : depth)
  }
}
