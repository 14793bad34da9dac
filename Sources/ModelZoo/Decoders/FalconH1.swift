// "Falcon-H1: A Family of Hybrid-Head Language Models", 2025. <https://arxiv.org/abs/2507.22448>

import ModelGraph

/// Attention and Mamba 2 side by side in every layer.
enum FalconH1 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 128_000, features: 4096, inner: 14336, depth: 32, heads: 32, keyHeads: 8,
        context: 8192, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.nameLikeJamba()
    let factor = try c.number("embedding_multiplier", default: 1)
    stack.opening = { x, graph in graph.scale(x, by: factor) }
    let mixer = try mixer(c, sizes)
    var blueprint = stack.blueprint
    let kept = stack.attention(nil).cache().tensors + mixer.cache.tensors
    blueprint.cache = Array(repeating: CacheLayer(kept), count: sizes.depth)
    blueprint.decoder.block = { [stack] index, tables in
      var block = stack.block(index, tables.first)
      block.attention = ParallelMixers(attention: stack.attention(tables.first), mixer: mixer)
      block.names.attention = ""
      return block
    }
    return blueprint
  }

  private static func mixer(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> Mamba2Mixer {
    let inner = c.isNull("mamba_d_ssm") ? nil : try c.size("mamba_d_ssm", default: 1024)
    var mixer = try Mamba2Mixer(hybrid: c, features: sizes.features, inner: inner)
    mixer.outputBias = try c.flag("projectors_bias", default: false)
    mixer.isNormalized = try c.flag("mamba_rms_norm", default: false)
    let scaled = 2 * mixer.inner + 2 * mixer.groups * mixer.states + mixer.heads
    mixer.state = [StateTensor(name: "mup_vector", .float32, [1, 1, scaled])]
    return mixer
  }
}

/// Attention and a state space over the same input, summed.
struct ParallelMixers: Layer {
  var attention: GroupedAttention
  var mixer: Mamba2Mixer

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let scanned = mixer.named("mamba")(x, in: &graph)
    return graph.add(scanned, attention.named("self_attn")(x, in: &graph))
  }
}
