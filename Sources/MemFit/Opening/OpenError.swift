public import ModelFormats

/// Why an argument does not lead to a model.
public enum OpenError: Error, Hashable, Sendable {
  /// Neither a file nor a built-in architecture is called so.
  case notFound(argument: String, near: [String])
  case folder(path: String)
  case file(path: String, FormatError)
}
