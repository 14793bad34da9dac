import ArgumentParser
import MemFit

/// The sizes that a model leaves open, and those to change.
struct SizeOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Set an open size by its name; repeatable.", valueName: "name=size"),
    transform: NamedSize.init(text:))
  var sizes: [NamedSize] = []

  // A value may begin with a minus, so that the complaint is about the value.
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The number of examples computed at once.", valueName: "size"),
    transform: wholeNumber)
  var batch: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The number of tokens in a sequence.", valueName: "size"),
    transform: wholeNumber)
  var sequence: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The height and width of images.", valueName: "n|hxw"),
    transform: Bindings.ImageSize.init(text:))
  var image: Bindings.ImageSize?

  @Option(
    name: .customLong("input"),
    help: ArgumentHelp(
      "The contents of an input on which shapes depend, in ONNX's form; repeatable.",
      valueName: "name=file.pb"),
    transform: NamedFile.init(text:))
  var inputs: [NamedFile] = []

  /// The chosen sizes for a model; reads the files of its inputs.
  func bindings(for model: Model) throws -> Bindings {
    var bindings = Bindings(batch: batch, sequence: sequence, image: image)
    for size in sizes {
      if let known = bindings.sizes.updateValue(size.size, forKey: size.name), known != size.size {
        throw RequestError.repeated(name: size.name, values: ["\(known)", "\(size.size)"])
      }
    }
    for input in inputs {
      try MemFit.setInput(input.name, of: model, fromFile: input.path, in: &bindings)
    }
    return bindings
  }
}

/// A size with its name, written `NAME=SIZE`.
struct NamedSize: Hashable, Sendable {
  var name: String
  var size: Int

  init(text: String) throws(RequestError) {
    guard let (name, value) = splitPair(text), let size = Int(value) else {
      throw .malformed(text: text, expected: "a name and a size", example: "batch=32")
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
      throw .malformed(text: text, expected: "a name and a file", example: "shape=shape.pb")
    }
    self.name = name
    self.path = path
  }
}

/// Reads a whole number.
private func wholeNumber(_ text: String) throws(RequestError) -> Int {
  guard let number = Int(text) else {
    throw .malformed(text: text, expected: "a whole number", example: "8")
  }
  return number
}

/// The parts before and after the first equals sign, if both are there.
func splitPair(_ text: String) -> (String, String)? {
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
      throw .malformed(
        text: text, expected: "a side or a height and width", example: "224 or 224x320")
    }
    self.init(height: height, width: width)
  }
}
