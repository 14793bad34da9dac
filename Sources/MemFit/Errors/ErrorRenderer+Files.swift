import ByteFormats
import ModelFormats

extension ErrorRenderer {
  static func words(for error: FormatError, in path: String?) -> Complaint {
    let place = path.map { "\($0): " } ?? ""
    switch error {
    case .bytes(let error): return words(for: error, in: path)
    case .unrecognized(let fileName, let known):
      return Complaint(
        "\(path ?? fileName) is of no known format",
        hints: ["known formats are \(known.joined(separator: ", "))"])
    case .noModel(let format, let reason):
      return Complaint("\(place)the \(format) file holds no model: \(reason)")
    case .limit(let what, let limit):
      return Complaint("\(place)more than \(limit) \(what), which no honest file has")
    case .configuration, .recursiveFunction, .badTensor:
      return Complaint("\(place)\(error)")
    }
  }

  static func words(for error: ByteError, in path: String?) -> Complaint {
    let place = path.map { "\($0): " } ?? ""
    switch error.problem {
    case .truncated:
      return Complaint(
        "\(place)the file is cut off: \(error)",
        hints: ["compare its size with the original and copy it again"])
    case .system(let operation, let path, let reason):
      return Complaint("cannot \(operation) \(path): \(reason)")
    case .implausibleSize, .unknownCode, .tooDeep, .malformed:
      return Complaint(
        "\(place)the file is damaged or not what its name says: \(error)")
    }
  }
}
