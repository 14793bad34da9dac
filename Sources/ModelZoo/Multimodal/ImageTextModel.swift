import ModelGraph

/// A language model that reads what an encoder saw in the place of some of its tokens.
///
/// Takes token numbers and, as `pixel_values`, an image for each text.
struct ImageTextModel: Layer {
  var tower: ImageTower
  var towerName = "vision_tower"

  /// The map from the encoder's features to the language model's, inside the same module.
  var projector: any Layer
  var language: Decoder

  /// The module around the encoder and the stack of the language model, where there is a head.
  var outerName = "model"

  /// What else the module holds.
  var companions: [any Layer] = []

  func callAsFunction(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let batch = x.size(0)
    let pixels = graph.input("pixel_values", tower.type(batch: batch))
    let seen = graph.scoped(language.head == .none ? "" : outerName) { graph in
      let tokens = graph.scoped(towerName) { tower.layer(pixels, in: &$0) }
      return companions.reduce(projector(tokens, in: &graph)) { $1($0, in: &graph) }
    }
    return language.reading(seen)(x, in: &graph)
  }
}

extension Decoder {
  /// The decoder with given vectors in the place of some of its tokens' own.
  func reading(_ features: Variable) -> Decoder {
    var reader = self
    let opening = self.opening
    reader.opening = { x, graph in
      let opened = opening(x, &graph)
      let cast = graph.cast(features, to: opened.type.dataType)
      return graph.opaque("FeaturesInPlaceOfTokens", [opened, cast], gives: [opened.type])[0]
    }
    return reader
  }
}

// MARK: - The parts of a document

extension Configuration {
  /// The decoder that a part of the document describes, as the language part of a larger model.
  ///
  /// Its stack is named `outer.stack`, or `stack` where there is no head.
  func language(
    _ part: Configuration, default type: String, outer: String = "model",
    stack: String = "language_model", ties: Ties
  ) throws(ConfigurationError) -> DecoderBlueprint {
    try language(try part.decoder(default: type), outer: outer, stack: stack, ties: ties)
  }

  /// A decoder as the language part of a larger model.
  func language(
    _ decoder: DecoderBlueprint, outer: String = "model", stack: String = "language_model",
    ties: Ties
  ) throws(ConfigurationError) -> DecoderBlueprint {
    var blueprint = decoder
    blueprint.decoder.head = try head()
    blueprint.decoder.isTied =
      try flag("tie_word_embeddings", default: ties.standard)
      || (ties.followsText && blueprint.decoder.isTied)
    blueprint.decoder.bareStack = stack
    blueprint.decoder.names.stack = "\(outer).\(stack)"
    return blueprint
  }

  /// Whether the head shares the weight of the embeddings where the whole model's part is silent.
  struct Ties {
    var standard = false

    /// Whether the language part may ask for it too.
    var followsText = false
  }

  /// The decoder that this part of a document describes, with its own names.
  func decoder(default type: String) throws(ConfigurationError) -> DecoderBlueprint {
    let name = try text("model_type", default: type)
    guard let maker = ModelFamilies.decoders[name] else {
      throw .unknownPart(key: "\(path)model_type", name: String(name.prefix(64)))
    }
    return try maker(named(asIn: name))
  }

  /// The encoder of images that this part of a document describes.
  func tower(
    default type: String, taps: [Int] = []
  ) throws(ConfigurationError) -> ImageTower {
    let name = try text("model_type", default: type)
    guard let maker = ModelFamilies.towers[name] else {
      throw .unknownPart(key: "\(path)model_type", name: String(name.prefix(64)))
    }
    return try maker(named(asIn: name), taps)
  }
}

extension DecoderBlueprint {
  /// A larger model of which this is the language part.
  func blueprint(_ network: any Layer) -> Blueprint {
    Blueprint(
      network: network, input: .tokens(sequence: min(context, Self.shownSequence)),
      cache: DecoderCache(layers: cache, maximumContext: context), experts: experts,
      diagnostics: diagnostics)
  }
}
