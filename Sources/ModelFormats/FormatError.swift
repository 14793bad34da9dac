public import ByteFormats
public import ModelZoo

/// Why a file cannot be read as a model.
public enum FormatError: Error, Hashable, Sendable {
  case bytes(ByteError)

  /// No reader knows the file.
  case unrecognized(fileName: String, known: [String])

  /// The file is of the format but holds no model.
  case noModel(format: String, reason: String)

  /// The file holds more of something than a reader goes through.
  case limit(what: String, limit: Int)

  /// A function of the model calls itself, directly or through others.
  case recursiveFunction(name: String)

  /// A configuration of which no model can be made.
  case configuration(ConfigurationError)

  /// A tensor on its own that cannot be read.
  case badTensor(name: String, reason: String)
}
