// "Gemma 3n", 2025. <https://ai.google.dev/gemma/docs/gemma-3n>

import ByteFormats
import ModelGraph

/// Several predicted residual streams, layers' own inputs, and shared keys in the last layers.
enum Gemma3n {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let inner = try inner(c)
    let sizes = try sizes(c, inner)
    let kinds = try c.windows(depth: sizes.depth, size: 1) { ($0 + 1) % 5 != 0 }
      .map { $0 == nil }
    let attentions = try attentions(c, sizes, kinds)
    let inputs = try inputs(c, sizes)
    let streams = try c.size("altup_num_inputs", default: 4, in: 1...64)
    let rank = try c.size("laurel_rank", default: 64)
    let norm = LlamaStack(sizes).norm
    var decoder = Decoder(
      vocabulary: sizes.vocabulary, features: sizes.features, depth: sizes.depth,
      head: sizes.head, isTied: sizes.isTied, norm: nil,
      rotary: rotaryModules(sizes.width, kinds)
    ) { index, tables in
      var attention = attentions[index]
      attention.rotary = (kinds[index] ? tables.first : tables.last) ?? RotaryTables(width: 0)
      return Block(
        index: index, attention: attention,
        network: LlamaStack(sizes).gated(inner.isEmpty ? sizes.inner : inner[index]), norm: norm,
        activation: sizes.activation, inputs: inputs, streams: streams, rank: rank)
    }
    decoder.opening = { x, graph in
      let scaled = Gemma.scaled(x, in: &graph)
      for name in ["per_layer_projection_scale", "per_layer_input_scale"] {
        _ = graph.state(name, .float32, [])
      }
      inputs.make(scaled, in: &graph)
      return split(scaled, into: streams, in: &graph)
    }
    decoder.closing = { x, graph in
      norm.named("norm")(join(x, streams, in: &graph), in: &graph)
    }
    let window = try c.size("sliding_window", default: 512)
    return DecoderBlueprint(
      decoder: decoder,
      cache: zip(attentions, kinds).map { $0.cache(window: $1 ? nil : window) },
      context: sizes.context)
  }

  /// The features inside the network of each layer; empty if one number holds for all.
  private static func inner(_ c: Configuration) throws(ConfigurationError) -> [Int] {
    guard case .array? = c.entry(["intermediate_size"])?.value else { return [] }
    let all = try c.sizes("intermediate_size", in: 1...Configuration.maximumSize) ?? []
    let depth = try c.depth("num_hidden_layers", default: 35)
    guard all.count == depth else {
      throw .contradiction(
        "\(c.path)intermediate_size has \(all.count) entries for \(depth) layers")
    }
    return all
  }

  private static func sizes(
    _ c: Configuration, _ inner: [Int]
  ) throws(ConfigurationError) -> DecoderSizes {
    try DecoderSizes(
      inner.isEmpty ? c : c.without("intermediate_size"),
      .init(
        vocabulary: 262_400, features: 2048, inner: 16384, depth: 35, heads: 8, keyHeads: 2,
        width: 256, context: 32768, activation: "gelu_pytorch_tanh", isTied: true))
  }

  private static func attentions(
    _ c: Configuration, _ sizes: DecoderSizes, _ kinds: [Bool]
  ) throws(ConfigurationError) -> [SharedKeyAttention] {
    let plain = SharedKeyAttention(
      features: sizes.features, heads: sizes.heads, keyHeads: sizes.keyHeads, width: sizes.width,
      bias: try c.flag("attention_bias", default: false), epsilon: sizes.epsilon,
      dropout: try c.number("attention_dropout", default: 0))
    let firstReused = max(0, sizes.depth - (try c.count("num_kv_shared_layers", default: 15)))
    return kinds.enumerated().map { index, seesEverything in
      var attention = plain
      attention.kind = seesEverything ? "full" : "window"
      if index >= firstReused { attention.source = .reused }
      return attention
    }
  }

  private static func rotaryModules(_ width: Int, _ kinds: [Bool]) -> [Decoder.RotaryModule] {
    [(true, "full_attention"), (false, "sliding_attention")].compactMap { seesEverything, name in
      guard kinds.contains(seesEverything) else { return nil }
      return .init(
        embedding: RotaryEmbedding(
          width: width, tables: ["\(name)_inv_freq", "\(name)_original_inv_freq"]))
    }
  }

  private static func inputs(
    _ c: Configuration, _ sizes: DecoderSizes
  ) throws(ConfigurationError) -> LayerInputs {
    LayerInputs(
      vocabulary: try c.size("vocab_size_per_layer_input", default: 262_144),
      features: sizes.features, width: try c.size("hidden_size_per_layer_input", default: 256),
      depth: sizes.depth, epsilon: sizes.epsilon)
  }

  /// The embeddings and maps of them, one for each stream, `[streams, batch, length, features]`.
  private static func split(
    _ x: Variable, into streams: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let rows =
      [x]
      + (0..<max(0, streams - 1)).map { index in
        Linear(x.size(-1), x.size(-1), bias: false).named("altup_projections.\(index)")(
          x, in: &graph)
      }
    return graph.concatenate(
      rows.map { graph.view($0, [1, x.size(0), x.size(1), x.size(2)]) }, axis: 0)
  }

  /// The mean of the first stream and maps of the others.
  private static func join(
    _ x: Variable, _ streams: Int, in graph: inout GraphBuilder
  ) -> Variable {
    let features = x.size(-1)
    let parts = (0..<streams).map { index in
      let stream = graph.select(x, axis: 0, index: index)
      guard index > 0 else { return stream }
      return Linear(features, features, bias: false)
        .named("altup_unembed_projections.\(index - 1)")(stream, in: &graph)
    }
    let sum = parts.dropFirst().reduce(parts.first ?? x) { graph.add($0, $1) }
    return graph.scale(sum, by: 1 / Double(max(1, streams)))
  }
}

extension Gemma3n {
  /// A layer that works on one stream and corrects its prediction of the others.
  ///
  /// Baykal et al., "Alternating Updates for Efficient Transformers", 2023.
  /// <https://arxiv.org/abs/2301.13310>
  struct Block: Layer {
    var index: Int
    var attention: SharedKeyAttention
    var network: GatedFeedForward
    var norm: FeatureNormalization
    var activation: String
    var inputs: LayerInputs
    var streams: Int
    var rank: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let predicted = graph.scoped("altup") { predict(x, in: &$0) }
      let active = graph.select(predicted, axis: 0, index: 0)
      let worked = work(active, in: &graph)
      let corrected = graph.scoped("altup") { correct(predicted, worked, in: &$0) }
      let first = graph.select(corrected, axis: 0, index: 0)
      let added = inputs.branch(first, index, activation: activation, in: &graph)
      return graph.opaque("AddToStreams", [corrected, added], gives: [corrected.type])[0]
    }

    private func work(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let normalized = norm.named("input_layernorm")(x, in: &graph)
      let narrow = graph.scoped("laurel") { graph in
        let low = Sequential {
          Linear(x.size(-1), rank, bias: false).named("linear_left")
          Linear(rank, x.size(-1), bias: false).named("linear_right")
          norm.named("post_laurel_norm")
        }(normalized, in: &graph)
        return graph.add(normalized, low)
      }
      let attended = norm.named("post_attention_layernorm")(
        attention.named("self_attn")(normalized, in: &graph), in: &graph)
      let both = graph.scale(graph.add(graph.add(x, attended), narrow), by: 0.5.squareRoot())
      let fed = Sequential {
        norm.named("pre_feedforward_layernorm")
        network.named("mlp")
        norm.named("post_feedforward_layernorm")
      }(both, in: &graph)
      return graph.add(both, fed)
    }

    private func routed(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let factor = graph.cast(
        graph.state("router_input_scale", .float32, []), to: x.type.dataType)
      let scaled = graph.multiply(norm.named("router_norm")(x, in: &graph), factor)
      let mapped = Linear(x.size(-1), streams, bias: false).named("modality_router")(
        scaled, in: &graph)
      return graph.apply("Tanh", mapped)
    }

    private func predict(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let modes = routed(graph.select(x, axis: 0, index: 0), in: &graph)
      let weights = Linear(streams, streams * streams, bias: false).named("prediction_coefs")(
        modes, in: &graph)
      return graph.opaque("PredictStreams", [x, weights], gives: [x.type])[0]
    }

    private func correct(
      _ predicted: Variable, _ worked: Variable, in graph: inout GraphBuilder
    ) -> Variable {
      let weights = Linear(streams, streams, bias: false).named("correction_coefs")(
        routed(worked, in: &graph), in: &graph)
      let scale = graph.parameter("correct_output_scale", [worked.size(-1)])
      return graph.opaque(
        "CorrectStreams", [predicted, worked, weights, scale], gives: [predicted.type])[0]
    }
  }
}
