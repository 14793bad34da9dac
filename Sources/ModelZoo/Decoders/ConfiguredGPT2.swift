import ModelGraph

/// GPT-2 as a configuration sizes it.
enum ConfiguredGPT2 {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    let features = try c.size("n_embd", "hidden_size", default: 768)
    let heads = try c.size("n_head", "num_attention_heads", default: 12)
    var configuration = GPT2.Configuration(
      features: features, depth: try c.depth("n_layer", "num_hidden_layers", default: 12),
      heads: heads, headFeatures: max(1, features / heads),
      context: try c.size("n_positions", "max_position_embeddings", default: 1024),
      vocabulary: try c.size("vocab_size", default: 50257),
      dropout: try c.number("resid_pdrop", default: 0.1))
    configuration.inner = try c.size("n_inner", default: 4 * features)
    configuration.activation = try c.text("activation_function", default: "gelu_new")
    let hasTwoHeads = try c.className(default: "").hasSuffix("DoubleHeadsModel")
    configuration.head = hasTwoHeads ? .nextToken : try c.head()
    configuration.attendsElsewhere = try c.flag("add_cross_attention", default: false)
    configuration.isTied = try c.flag("tie_word_embeddings", default: true)
    if hasTwoHeads { configuration.summaryLabels = try c.summaryLabels(features: features) }
    let cache = CacheLayer.attention(heads: heads, width: configuration.headFeatures)
    return Blueprint(
      network: GPT2(configuration: configuration),
      input: .tokens(sequence: min(configuration.context, DecoderBlueprint.shownSequence)),
      cache: DecoderCache(
        layers: Array(repeating: cache, count: configuration.depth),
        maximumContext: configuration.context))
  }
}

extension Configuration {
  /// The numbers that the second head gives a text; `nil` if it gives the hidden state as it is.
  func summaryLabels(features: Int) throws(ConfigurationError) -> Int? {
    guard try flag("summary_use_proj", default: true) else { return nil }
    return try flag("summary_proj_to_labels", default: true) ? 1 : features
  }
}
