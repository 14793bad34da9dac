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

  private static let first = DecoderSizes.Defaults(
    vocabulary: 32000, features: 4096, inner: 11008, depth: 32, heads: 32, context: 2048)

  static func stack(
    _ c: Configuration, _ standard: DecoderSizes.Defaults? = nil
  ) throws(ConfigurationError) -> LlamaStack {
    let sizes = try DecoderSizes(c, standard ?? first)
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
    let mixture = try mixture(c, stack.sizes)
    stack.use(mixture, where: { _ in true })
    return stack.blueprint
  }

  /// Experts beside a network that every token goes through, if it has any features.
  static func shared(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    try sharedStack(c).blueprint
  }

  static func sharedStack(_ c: Configuration) throws(ConfigurationError) -> LlamaStack {
    var stack = try Granite.stack(c)
    let inner = try c.count("shared_intermediate_size", default: 0)
    use(&stack, try mixture(c, stack.sizes), inner)
    return stack
  }

  /// Mamba 2 in the layers that are not named as attention, positions only where they are asked for.
  static func hybrid(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try Granite.stack(c)
    let count = try c.count("num_local_experts", "num_experts", default: 8)
    let inner = try c.size("shared_intermediate_size", default: 1024)
    var experts: MixtureOfExperts?
    if count > 0 { experts = try mixture(c, stack.sizes) }
    use(&stack, experts, inner)
    if try c.text("position_embedding_type", default: "") != "rope" { stack.rotaryWidth = 0 }
    let mixer = try Mamba2Mixer(hybrid: c, features: stack.sizes.features)
    var types = try c.layerTypes(depth: stack.sizes.depth)
    if types == nil { types = try c.layerTypes("layers_block_type", depth: stack.sizes.depth) }
    return stack.blueprint.replacing(
      attentionOf: stack, named: "mamba", with: mixer, cache: mixer.cache
    ) { [types] index in types.map { ["mamba", "linear_attention"].contains($0[index]) } ?? true }
  }

  private static func mixture(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> MixtureOfExperts {
    var mixture = MixtureOfExperts(
      features: sizes.features, inner: sizes.inner,
      routing: ExpertRouting(
        count: try c.size("num_local_experts", "num_experts", default: 8),
        used: try c.size("num_experts_per_tok", default: 2)))
    mixture.router = "router"
    return mixture
  }

  /// Puts experts and a network that every token goes through side by side.
  private static func use(
    _ stack: inout LlamaStack, _ mixture: MixtureOfExperts?, _ inner: Int
  ) {
    let sizes = stack.sizes
    let network = PackedFeedForward(
      features: sizes.features, inner: inner, activation: sizes.activation)
    stack.experts = mixture?.routing
    stack.names.feedForward = ""
    stack.feedForward = { _ in
      SummedFeedForward(
        parts: (mixture.map { [("block_sparse_moe", $0)] } ?? [])
          + (inner > 0 ? [("shared_mlp", network)] : []))
    }
  }
}

/// Networks over the same input, summed.
struct SummedFeedForward: Layer {
  var parts: [(name: String, layer: any Layer)]

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let outputs = parts.map { part in graph.scoped(part.name) { part.layer(x, in: &$0) } }
    guard let first = outputs.first else { return x }
    return outputs.dropFirst().reduce(first) { graph.add($0, $1) }
  }
}

/// A gated network with one map to the gate and its counterpart, in Granite's names.
struct PackedFeedForward: Layer {
  var features: Int
  var inner: Int
  var activation: String

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let both = Linear(features, 2 * inner, bias: false).named("input_linear")(x, in: &graph)
    let parts = graph.chunk(both, into: 2, axis: 2)
    let gated = graph.multiply(
      NamedActivation(name: activation)(parts[0], in: &graph), parts[1])
    return Linear(inner, features, bias: false).named("output_linear")(gated, in: &graph)
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
