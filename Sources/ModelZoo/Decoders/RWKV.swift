// "RWKV: Reinventing RNNs for the Transformer Era", Peng et al., 2023.
// <https://arxiv.org/abs/2305.13048>

import ModelGraph

/// Two recurrences a layer, over time and over features, in the place of attention.
enum RWKV {
  static func decoder(_ c: Configuration) throws(ConfigurationError) -> DecoderBlueprint {
    let features = try c.size("hidden_size", default: 4096)
    let mixing = TimeMixing(
      features: features, inner: try c.size("attention_hidden_size", default: features))
    let network = ChannelMixing(
      features: features, inner: try c.size("intermediate_size", default: 4 * features))
    let norm = FeatureNormalization(
      kind: .layer(bias: true), features: features,
      epsilon: try c.number("layer_norm_epsilon", default: 1e-5))
    var last = norm
    last.epsilon = 1e-5
    let depth = try c.depth("num_hidden_layers", default: 32)
    let decoder = Decoder(
      vocabulary: try c.size("vocab_size", default: 50277), features: features, depth: depth,
      head: try c.head(), isTied: try c.flag("tie_word_embeddings", default: false), norm: last,
      names: .init(
        stack: "rwkv", embedding: "embeddings", layers: "blocks", norm: "ln_out", head: "head")
    ) { index, _ in
      Sequential {
        if index == 0 { norm.named("pre_ln") }
        DecoderBlock(attention: mixing, feedForward: network, norm: norm, names: names)
      }
    }
    return DecoderBlueprint(
      decoder: decoder, cache: Array(repeating: cache(features), count: depth),
      context: try c.size("context_length", "max_position_embeddings", default: 1024))
  }

  private static let names = DecoderBlock.Names(
    attention: "attention", feedForward: "feed_forward", beforeAttention: "ln1",
    beforeFeedForward: "ln2")

  /// The last token before both recurrences, and the sums of the one over time.
  private static func cache(_ features: Int) -> CacheLayer {
    CacheLayer(
      [CachedTensor("feed_forward_state", [features], .fixed)]
        + [CachedTensor("attention_state", [features], .fixed)]
        + ["numerator_state", "denominator_state", "maximum_state"].map {
          CachedTensor($0, [features], .fixed, dataType: .float32)
        })
  }
}

extension RWKV {
  /// What was seen, weighted by how long ago it was.
  struct TimeMixing: Layer {
    var features: Int
    var inner: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let decay = ["time_decay", "time_first"].map { graph.parameter($0, [inner]) }
      let mixed = ["time_mix_key", "time_mix_value", "time_mix_receptance"].map {
        graph.shifted(x, mixedBy: $0, features)
      }
      let key = Linear(features, inner, bias: false).named("key")(mixed[0], in: &graph)
      let value = Linear(features, inner, bias: false).named("value")(mixed[1], in: &graph)
      let receptance = graph.apply(
        "Sigmoid",
        Linear(features, inner, bias: false).named("receptance")(mixed[2], in: &graph))
      let summed = graph.opaque("WeightedKeyValue", decay + [key, value], gives: [key.type])[0]
      return Linear(inner, features, bias: false).named("output")(
        graph.multiply(receptance, summed), in: &graph)
    }
  }

  /// A network that sees the token before too.
  struct ChannelMixing: Layer {
    var features: Int
    var inner: Int

    func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
      let mixed = ["time_mix_key", "time_mix_receptance"].map {
        graph.shifted(x, mixedBy: $0, features)
      }
      let key = Linear(features, inner, bias: false).named("key")(mixed[0], in: &graph)
      let receptance = graph.apply(
        "Sigmoid",
        Linear(features, features, bias: false).named("receptance")(mixed[1], in: &graph))
      let squared = NamedActivation(name: "relu2")(key, in: &graph)
      let value = Linear(inner, features, bias: false).named("value")(squared, in: &graph)
      return graph.multiply(receptance, value)
    }
  }
}

extension GraphBuilder {
  /// A token mixed with the one before it, feature by feature.
  fileprivate mutating func shifted(
    _ x: Variable, mixedBy name: String, _ features: Int
  ) -> Variable {
    let weight = parameter(name, [1, 1, features])
    return opaque("TimeShift", [x, weight], gives: [x.type])[0]
  }
}
