// "Stable LM 2 1.6B Technical Report", Bellagente et al., 2024. <https://arxiv.org/abs/2402.17834>
// "StarCoder 2 and The Stack v2", Lozhkov et al., 2024. <https://arxiv.org/abs/2402.19173>

import ModelGraph

/// Llama with layer normalization, a quarter of each head turned.
enum StableLM {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 50304, features: 2560, inner: 6912, depth: 32, heads: 32, keyHeads: 32,
        context: 4096, epsilon: 1e-5))
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = Int(Double(sizes.width) * (try c.rotaryFactor(default: 0.25)))
    stack.bias = try c.flag("use_qkv_bias", default: false)
    stack.normKind = .layer(bias: true)
    stack.dropout = try c.number("attention_dropout", default: 0)
    stack.residualDropout = try c.number("hidden_dropout", default: 0)
    if try c.flag("use_parallel_residual", default: false) {
      stack.arrangement = .parallel(normalizations: 1)
    }
    if try c.flag("qk_layernorm", default: false) {
      stack.headNorm = .init(
        kind: .layer(bias: false), epsilon: sizes.epsilon, span: .eachHead,
        queryName: "q_layernorm", keyName: "k_layernorm")
    }
    return stack.blueprint
  }
}

/// Layer normalization and a plain network with biases.
enum Starcoder2 {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try DecoderSizes(
      c,
      .init(
        vocabulary: 49152, features: 3072, inner: 12288, depth: 30, heads: 24, keyHeads: 2,
        context: 4096, epsilon: 1e-5, activation: "gelu_pytorch_tanh", isTied: true))
    sizes.epsilon = try c.number("norm_epsilon", default: 1e-5)
    let bias = try c.flag("use_bias", default: true)
    var stack = LlamaStack(sizes)
    stack.rotaryWidth = try c.scaledRotaryWidth(sizes.width)
    stack.bias = bias
    stack.outputBias = bias
    stack.normKind = .layer(bias: true)
    stack.residualDropout = try c.number("residual_dropout", default: 0)
    let window = try c.size(ifAny: "sliding_window")
    stack.windows = try c.windows(depth: sizes.depth, size: window) { _ in true }
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation, bias: bias,
        up: "c_fc", down: "c_proj")
    }
    return stack.blueprint
  }
}
