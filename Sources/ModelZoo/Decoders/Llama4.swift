// "The Llama 4 herd", Meta, 2025. <https://ai.meta.com/blog/llama-4-multimodal-intelligence/>

import ModelGraph

/// Mixtures of experts beside one that every token goes through; most layers see one chunk only.
enum Llama4Text {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 202048, features: 5120, inner: 8192, depth: 48, heads: 40, keyHeads: 8,
        width: 128, context: 131072, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.names.feedForward = "feed_forward"
    stack.windows = try chunks(c, depth: sizes.depth)
    var mixture = MixtureOfExperts(
      features: sizes.features, inner: sizes.inner,
      routing: ExpertRouting(
        count: try c.size("num_local_experts", default: 16),
        used: try c.size("num_experts_per_tok", default: 1)),
      shared: stack.gated(sizes.inner), sharedName: "shared_expert")
    mixture.router = "router"
    mixture.layout = .inputsFirst
    let dense = stack.gated(try c.size("intermediate_size_mlp", default: 16384))
    let step = try c.size("interleave_moe_layer_step", default: 1)
    let chosen = try c.sizes("moe_layers").map { Set($0) }
    stack.experts = mixture.routing
    stack.feedForward = { [mixture] index -> any Layer in
      if chosen?.contains(index) ?? ((index + 1) % step == 0) { return mixture }
      return dense
    }
    return stack.blueprint
  }

  /// The chunk of each layer; layers that turn no heads see everything.
  private static func chunks(
    _ c: Configuration, depth: Int
  ) throws(ConfigurationError) -> [Int?] {
    let size =
      c.isNull("attention_chunk_size") ? nil : try c.size("attention_chunk_size", default: 8192)
    let every = try c.size("no_rope_layer_interval", default: 4)
    let turned = try c.sizes("no_rope_layers") ?? []
    return try c.windows(depth: depth, size: size) { index in
      turned.indices.contains(index) ? turned[index] != 0 : (index + 1) % every != 0
    }
  }
}
