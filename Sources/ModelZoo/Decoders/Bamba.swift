// "Bamba: Inference-Efficient Hybrid Mamba2 Model", IBM, 2024.
// <https://huggingface.co/blog/bamba>

import ModelGraph

/// Mamba 2 in most layers, attention in those that are named.
enum Bamba {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 128_000, features: 4096, inner: 14336, depth: 32, heads: 32, keyHeads: 8,
        context: 262_144, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = sizes.width / 2
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.nameLikeJamba()
    let mixer = try Mamba2Mixer(hybrid: c, features: sizes.features)
    let attended = Set(try c.sizes("attn_layer_indices") ?? [])
    return stack.blueprint.replacing(
      attentionOf: stack, named: "mamba", with: mixer, cache: mixer.cache
    ) { !attended.contains($0) }
  }
}

extension LlamaStack {
  /// The names that Jamba brought and other hybrids kept.
  mutating func nameLikeJamba() {
    decoderNames.norm = "final_layernorm"
    names.feedForward = "feed_forward"
    names.beforeFeedForward = "pre_ff_layernorm"
  }
}
