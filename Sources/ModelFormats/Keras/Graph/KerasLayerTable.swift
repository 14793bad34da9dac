import ModelGraph

/// Writes one call in our operators; `nil` if the settings are not understood.
typealias KerasLayerRule = @Sendable (KerasCall, inout KerasLowering) -> [KerasOperand]?

/// How each layer of Keras is written, by the name of its class.
enum KerasLayerTable {
  static let rules: [String: KerasLayerRule] =
    [
      products, attention, convolutions, pooling, reductions, normalizations, activations,
      movements, merges, sequences,
    ].reduce(into: [:]) { $0.merge($1) { first, _ in first } }

  /// Layers that hand on what they are given when nothing is trained.
  static let identities: Set = [
    "InputLayer", "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
    "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization", "Masking",
    "Identity", "RandomFlip", "RandomRotation", "RandomZoom", "RandomTranslation",
    "RandomContrast", "RandomBrightness", "RandomHeight", "RandomWidth", "StochasticDepth",
  ]
}
