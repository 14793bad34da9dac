/// What is made of a `config.json`, by its `model_type`.
///
/// To add a family, write its file and name its maker in one line here.
enum ModelFamilies {
  /// Decoders of text.
  static let decoders: [String: DecoderMaker] = [
    "deepseek_v3": DeepSeekV3.decoder,
    "llama": Llama.decoder,
    "mistral": Mistral.decoder,
    "qwen2": Qwen2.decoder,
    "qwen3": Qwen3.decoder,
  ]

  /// Everything else: encoders, encoders with decoders, images, sound, and what joins them.
  static let others: [String: BlueprintMaker] = [:]

  /// Every `model_type` that is known.
  static var names: [String] { (Array(decoders.keys) + Array(others.keys)).sorted() }

  /// Makes the model; `nil` if the type is unknown.
  static func blueprint(
    of modelType: String, _ configuration: Configuration
  ) throws(ConfigurationError) -> Blueprint? {
    if let maker = decoders[modelType] { return try maker(configuration).blueprint }
    return try others[modelType]?(configuration)
  }
}
