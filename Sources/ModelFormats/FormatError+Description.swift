import ByteFormats
import ModelZoo

extension FormatError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .bytes(let error): error.description
    case .unrecognized(let fileName, let known):
      "no reader knows \(fileName); readable formats: \(known.joined(separator: ", "))"
    case .noModel(let format, let reason): "the \(format) file holds no model: \(reason)"
    case .limit(let what, let limit): "more than \(limit) \(what)"
    case .recursiveFunction(let name): "the function \(name) calls itself"
    case .configuration(let error): error.description
    case .badTensor(let name, let reason): "the tensor \(name) \(reason)"
    }
  }
}
