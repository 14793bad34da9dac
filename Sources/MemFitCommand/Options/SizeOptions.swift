import ArgumentParser
import MemFit

/// The sizes that a model leaves open, and those to change.
struct SizeOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Set an open size by its name; repeatable.", valueName: "name=size"),
    transform: NamedSize.init(text:))
  var sizes: [NamedSize] = []

  @Option(
    help: ArgumentHelp("The number of examples computed at once.", valueName: "size"))
  var batch: Int?

  @Option(help: ArgumentHelp("The number of tokens in a sequence.", valueName: "size"))
  var sequence: Int?

  @Option(
    help: ArgumentHelp("The height and width of images.", valueName: "n|hxw"),
    transform: Bindings.ImageSize.init(text:))
  var image: Bindings.ImageSize?

  @Option(
    name: .customLong("input"),
    help: ArgumentHelp(
      "The contents of an input on which shapes depend, an ONNX tensor; repeatable.",
      valueName: "name=file.pb"),
    transform: NamedFile.init(text:))
  var inputs: [NamedFile] = []

  /// The chosen sizes; reads the files of inputs.
  func bindings() throws -> Bindings {
    var bindings = Bindings(batch: batch, sequence: sequence, image: image)
    for size in sizes { bindings.sizes[size.name] = size.size }
    for input in inputs { bindings.inputs[input.name] = try MemFit.tensor(at: input.path) }
    return bindings
  }
}

/// A size with its name, written `NAME=SIZE`.
struct NamedSize: Hashable, Sendable {
  var name: String
  var size: Int

  init(text: String) throws(RequestError) {
    guard let (name, value) = splitPair(text), let size = Int(value) else {
      throw .malformedPair(text: text, expected: "a name and a size", example: "batch=32")
    }
    self.name = name
    self.size = size
  }
}

/// A file with the name of the input it is for, written `NAME=FILE`.
struct NamedFile: Hashable, Sendable {
  var name: String
  var path: String

  init(text: String) throws(RequestError) {
    guard let (name, path) = splitPair(text) else {
      throw .malformedPair(text: text, expected: "a name and a file", example: "shape=shape.pb")
    }
    self.name = name
    self.path = path
  }
}

/// The parts before and after the first equals sign, if both are there.
private func splitPair(_ text: String) -> (String, String)? {
  guard let sign = text.firstIndex(of: "=") else { return nil }
  let (name, value) = (text[..<sign], text[sign...].dropFirst())
  return name.isEmpty || value.isEmpty ? nil : (String(name), String(value))
}

extension Bindings.ImageSize {
  /// Reads `224` or `224x320`, height first.
  init(text: String) throws(RequestError) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard let first = parts.first, let height = first, parts.count <= 2,
      let last = parts.last, let width = last
    else {
      throw .malformedPair(
        text: text, expected: "a side or a height and width", example: "224 or 224x320")
    }
    self.init(height: height, width: width)
  }
}
