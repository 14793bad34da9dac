// "Granite 3.0 Language Models", IBM, 2024.
// <https://github.com/ibm-granite/granite-3.0-language-models>
// SmolLM3: <https://huggingface.co/blog/smollm3>, 2025.

import ModelGraph

/// Llama with factors on the embeddings and the residual branches.
enum Granite {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try stack(c)
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    return stack.blueprint
  }

  fileprivate static func stack(_ c: Configuration) throws(ConfigurationError) -> LlamaStack {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 32000, features: 4096, inner: 11008, depth: 32, heads: 32, context: 2048))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.residualFactor = try c.number("residual_multiplier", default: 1)
    let factor = try c.number("embedding_multiplier", default: 1)
    stack.opening = { x, graph in graph.scale(x, by: factor) }
    return stack
  }
}

/// Granite with mixtures of experts.
enum GraniteMoE {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try Granite.stack(c)
    stack.names.feedForward = "block_sparse_moe"
    var mixture = MixtureOfExperts(
      features: stack.sizes.features, inner: stack.sizes.inner,
      routing: ExpertRouting(
        count: try c.size("num_local_experts", default: 8),
        used: try c.size("num_experts_per_tok", default: 2)))
    mixture.router = "router"
    stack.use(mixture, where: { _ in true })
    return stack.blueprint
  }
}

/// Llama in which every fourth layer turns no heads.
enum SmolLM3 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 128256, features: 2048, inner: 11008, depth: 36, heads: 16, keyHeads: 4,
        context: 32768, isTied: true))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = try c.flag("attention_bias", default: false)
    stack.outputBias = stack.bias
    stack.feedForwardBias = try c.flag("mlp_bias", default: false)
    let every = try c.size("no_rope_layer_interval", default: 4)
    let turned = try c.sizes("no_rope_layers")
    let isUsed = try c.flag("use_sliding_window", default: false)
    let window = try c.size(ifAny: "sliding_window")
    stack.windows = try c.windows(depth: sizes.depth, size: isUsed ? window : nil) { index in
      guard let turned, turned.indices.contains(index) else { return (index + 1) % every == 0 }
      return turned[index] == 0
    }
    return stack.blueprint
  }
}
