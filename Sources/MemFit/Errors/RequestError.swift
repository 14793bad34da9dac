/// Why a question cannot be answered as it was asked.
public enum RequestError: Error, Hashable, Sendable {
  case unknownDevice(name: String, known: [String])

  /// No figure of the report has the key.
  case unknownFigure(key: String, known: [String])

  /// The runtime does not read the format of the model.
  case runtimeMismatch(runtime: String, format: String)

  /// A name that takes one value is given several.
  case repeated(name: String, values: [String])

  /// Text such as `NAME=SIZE` in another form.
  case malformed(text: String, expected: String, example: String)
}
