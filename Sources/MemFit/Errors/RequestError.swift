/// Why a question cannot be answered as it was asked.
public enum RequestError: Error, Hashable, Sendable {
  case unknownDevice(name: String, known: [String])

  /// No figure of the report has the key.
  case unknownFigure(key: String, known: [String])

  /// The file holds parameters alone, and the question is about running them.
  case noGraph(model: String, needed: String)

  /// Text such as `NAME=SIZE` in another form.
  case malformedPair(text: String, expected: String, example: String)

  /// A file given as an input's contents cannot be used.
  case tensorFile(path: String, reason: String)
}
