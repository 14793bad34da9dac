// GPT-J: <https://github.com/kingoflolz/mesh-transformer-jax>, Wang and Komatsuzaki, 2021.
// "CodeGen", Nijkamp et al., 2022. <https://arxiv.org/abs/2203.13474>
// GPT-Neo: <https://doi.org/10.5281/zenodo.5297715>, Black et al., 2021.
// "SantaCoder: don't reach for the stars!", Ben Allal et al., 2023. <https://arxiv.org/abs/2301.03988>

import ModelGraph

/// The sizes of GPT-2's descendants, which have names of their own.
private func sizesLikeGPT2(
  _ c: Configuration, _ standard: DecoderSizes.Defaults
) throws(ConfigurationError) -> DecoderSizes {
  var sizes = try DecoderSizes(c, standard)
  sizes.features = try c.size("n_embd", "hidden_size", default: standard.features)
  sizes.width = max(1, sizes.features / sizes.heads)
  sizes.keyHeads = sizes.heads
  sizes.inner = try c.size("n_inner", "intermediate_size", default: 4 * sizes.features)
  sizes.epsilon = try c.number("layer_norm_epsilon", default: 1e-5)
  return sizes
}

extension LlamaStack {
  /// The names that GPT-2 brought.
  fileprivate mutating func nameLikeGPT2() {
    decoderNames = .init(stack: "transformer", embedding: "wte", layers: "h", norm: "ln_f")
    names = .init(
      attention: "attn", feedForward: "mlp", beforeAttention: "ln_1", beforeFeedForward: "ln_2")
    attentionNames.output = "out_proj"
    normKind = .layer(bias: true)
    tokenHead = "classifier"
    rotaryWidth = 0
  }

  /// Adds a learned vector for each place.
  fileprivate mutating func addPlaces(dropout: Double) {
    let (features, context) = (sizes.features, sizes.context)
    opening = { x, graph in
      graph.require(
        x.size(1) <= context, "positions are learned up to \(context), not \(x.size(1))")
      let places = graph.scoped("wpe") { graph in
        Embedding(context, features)(graph.positions(count: x.size(1)), in: &graph)
      }
      return Dropout(dropout).named("drop")(graph.add(x, places), in: &graph)
    }
  }
}

/// Attention and network side by side, the first features of a head turned.
enum GPTJ {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try stack(c)
    stack.answers = try c.labelCount
    return stack.blueprint
  }

  static func stack(_ c: Configuration) throws(ConfigurationError) -> LlamaStack {
    let sizes = try sizesLikeGPT2(
      c,
      .init(
        vocabulary: 50400, features: 4096, inner: 16384, depth: 28, heads: 16, context: 2048,
        activation: "gelu_new"))
    var stack = LlamaStack(sizes)
    stack.nameLikeGPT2()
    stack.arrangement = .parallel(normalizations: 1)
    stack.headBias = true
    stack.residualDropout = try c.number("resid_pdrop", default: 0)
    let turned = c.isNull("rotary_dim") ? sizes.features : try c.size("rotary_dim", default: 64)
    let tables = 2 * turned.dividedRoundingUp(by: 2)
    stack.attentionState = [.init(name: "embed_positions", .float32, [sizes.context, tables])]
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation, up: "fc_in",
        down: "fc_out")
    }
    return stack
  }
}

/// GPT-J with one packed map.
enum CodeGen {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var stack = try GPTJ.stack(c)
    stack.packedAttention = "qkv_proj"
    return stack.blueprint
  }
}

/// GPT-2 with plain linear maps, every other layer looking at the last tokens only.
enum GPTNeo {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try sizesLikeGPT2(
      c,
      .init(
        vocabulary: 50257, features: 2048, inner: 8192, depth: 24, heads: 16, context: 2048,
        activation: "gelu_new", isTied: true))
    sizes.depth = try c.depth("num_layers", "num_hidden_layers", default: 24)
    sizes.heads = try c.size("num_heads", "num_attention_heads", default: 16)
    sizes.keyHeads = sizes.heads
    sizes.features = try c.size("hidden_size", default: 2048)
    sizes.width = max(1, sizes.features / sizes.heads)
    sizes.inner = try c.size("intermediate_size", default: 4 * sizes.features)
    var stack = LlamaStack(sizes)
    stack.nameLikeGPT2()
    stack.names.attention = "attn.attention"
    stack.outputBias = true
    stack.residualDropout = try c.number("resid_dropout", default: 0)
    stack.attentionState = [.init(name: "bias", .bool, [1, 1, sizes.context, sizes.context])]
    stack.addPlaces(dropout: try c.number("embed_dropout", default: 0))
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation, up: "c_fc",
        down: "c_proj")
    }
    return stack.blueprint
  }
}

/// GPT-2 with one key head for all queries; the first StarCoder is one.
enum GPTBigCode {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    var sizes = try sizesLikeGPT2(
      c,
      .init(
        vocabulary: 50257, features: 768, inner: 3072, depth: 12, heads: 12, context: 1024,
        activation: "gelu_pytorch_tanh", isTied: true))
    if try c.flag("multi_query", default: true) { sizes.keyHeads = 1 }
    var stack = LlamaStack(sizes)
    stack.nameLikeGPT2()
    stack.packedAttention = "c_attn"
    stack.attentionNames.output = "c_proj"
    stack.bias = true
    stack.outputBias = true
    stack.residualDropout = try c.number("resid_pdrop", default: 0.1)
    stack.addPlaces(dropout: try c.number("embd_pdrop", default: 0.1))
    stack.stackState = [.init(name: "bias", .bool, [sizes.context, sizes.context])]
    stack.feedForward = { [sizes] _ in
      PlainFeedForward(
        features: sizes.features, inner: sizes.inner, activation: sizes.activation, up: "c_fc",
        down: "c_proj")
    }
    return stack.blueprint
  }
}
