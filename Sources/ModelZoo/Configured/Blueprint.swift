import ModelGraph

/// What a `config.json` comes out as: layers, what goes in, and what is kept from token to token.
struct Blueprint: Sendable {
  var network: any Layer
  var input: Architecture.Input

  /// What a decoder keeps; `nil` for models that are none.
  var cache: DecoderCache?

  /// How experts are chosen; `nil` if there are none.
  var experts: ExpertRouting?
  var diagnostics: [Diagnostic] = []
}

/// A decoder with what it keeps, also as the language part of a larger model.
struct DecoderBlueprint: Sendable {
  var decoder: Decoder
  var cache: [CacheLayer]

  /// The longest context, as the configuration says.
  var context: Int
  var experts: ExpertRouting?
  var diagnostics: [Diagnostic] = []

  /// The decoder as a model of its own.
  var blueprint: Blueprint {
    Blueprint(
      network: decoder, input: .tokens(sequence: min(context, Self.shownSequence)),
      cache: DecoderCache(layers: cache, maximumContext: context), experts: experts,
      diagnostics: diagnostics)
  }

  /// The length of a sequence where nobody chooses one.
  static let shownSequence = 1024
}

/// Makes a model of a configuration.
typealias BlueprintMaker = @Sendable (Configuration) throws(ConfigurationError) -> Blueprint

/// Makes a decoder of a configuration.
typealias DecoderMaker = @Sendable (Configuration) throws(ConfigurationError) -> DecoderBlueprint
