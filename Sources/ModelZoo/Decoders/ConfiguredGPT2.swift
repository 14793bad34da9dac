import ModelGraph

/// GPT-2 as a configuration sizes it.
enum ConfiguredGPT2 {
  static func model(_ c: Configuration) throws(ConfigurationError) -> Blueprint {
    var configuration = try GPT2.Configuration(c)
    configuration.inner = try c.size("n_inner", default: 4 * configuration.features)
    configuration.activation = try c.text("activation_function", default: "gelu_new")
    configuration.attendsElsewhere = try c.flag("add_cross_attention", default: false)
    try configuration.readTextHeads(c)
    return Blueprint(
      network: GPT2(configuration: configuration),
      input: .tokens(sequence: min(configuration.context, DecoderBlueprint.shownSequence)),
      cache: configuration.cache)
  }
}

extension GPT2.Configuration {
  /// The sizes that the first GPTs' documents all have under one name.
  init(
    _ c: Configuration, features: Int = 768, depth: Int = 12, heads: Int = 12, context: Int = 1024,
    vocabulary: Int = 50257
  ) throws(ConfigurationError) {
    let features = try c.size("n_embd", "hidden_size", default: features)
    let heads = try c.size("n_head", "num_attention_heads", default: heads)
    self.init(
      features: features, depth: try c.depth("n_layer", "num_hidden_layers", default: depth),
      heads: heads, headFeatures: max(1, features / heads),
      context: try c.size("n_positions", "max_position_embeddings", default: context),
      vocabulary: try c.size("vocab_size", default: vocabulary),
      dropout: try c.number("resid_pdrop", default: 0.1))
  }

  /// Reads which heads there are, for texts.
  mutating func readTextHeads(_ c: Configuration) throws(ConfigurationError) {
    let hasTwoHeads = try c.className(default: "").hasSuffix("DoubleHeadsModel")
    head = hasTwoHeads ? .nextToken : try c.head()
    isTied = try c.flag("tie_word_embeddings", default: true)
    if hasTwoHeads { summaryLabels = try c.summaryLabels(features: features) }
  }

  /// The keys and values of every layer.
  var cache: DecoderCache {
    let layer = CacheLayer.attention(heads: heads, width: headFeatures)
    return DecoderCache(
      layers: Array(repeating: layer, count: depth), maximumContext: context)
  }
}

extension Configuration {
  /// The numbers that the second head gives a text; `nil` if it gives the hidden state as it is.
  func summaryLabels(features: Int) throws(ConfigurationError) -> Int? {
    guard try flag("summary_use_proj", default: true) else { return nil }
    return try flag("summary_proj_to_labels", default: true) ? 1 : features
  }
}
