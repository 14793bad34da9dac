/// Why no model can be made of a `config.json`.
public enum ConfigurationError: Error, Hashable, Sendable {
  /// The document is no object, or says of nothing what it configures.
  case noModelType

  /// A type of model that is not known, and known ones that may be meant.
  case unknownModelType(name: String, near: [String])

  /// A part of a model is of a type that is not known.
  case unknownPart(key: String, name: String)

  /// A key without which nothing can be counted.
  case missing(key: String)
  case wrongType(key: String, expected: String, found: String)
  case outOfRange(key: String, found: String, range: ClosedRange<Int>)

  /// A value that the architecture does not know.
  case unknownChoice(key: String, found: String, known: [String])

  /// Values that do not go together.
  case contradiction(String)

  /// Layers that do not fit together, with the path of the module.
  case layer(path: String, reason: String)
}

extension ConfigurationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noModelType: "there is no model_type"
    case .unknownModelType(let name, let near):
      "the model_type \(name) is not known"
        + (near.isEmpty ? "" : "; known ones of a similar name are \(near.joined(separator: ", "))")
    case .unknownPart(let key, let name): "\(key) is \(name), which is not known as a part"
    case .missing(let key): "\(key) is missing"
    case .wrongType(let key, let expected, let found): "\(key) must be \(expected), found \(found)"
    case .outOfRange(let key, let found, let range):
      "\(key) must be from \(range.lowerBound) to \(range.upperBound), found \(found)"
    case .unknownChoice(let key, let found, let known):
      "\(key) must be one of \(known.joined(separator: ", ")), found \(found)"
    case .contradiction(let reason): reason
    case .layer(let path, let reason): path.isEmpty ? reason : "\(path): \(reason)"
    }
  }
}
