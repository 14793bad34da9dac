import ByteFormats
import ModelFormats
public import ModelGraph
import ModelZoo

extension MemFit {
  /// The names that ``open(_:)`` takes besides paths.
  public static var architectureNames: [String] { ModelZoo.architectures.map(\.name) }

  /// Opens the file or folder at a path, or the built-in architecture of a name.
  ///
  /// A file goes first where both exist, since only its owner can have made it.
  public static func open(_ argument: String) throws(OpenError) -> Model {
    if let facts = FileFacts(path: argument) {
      // A folder named like an architecture does not hide it.
      if facts.isRegular { return try read(argument) }
      if let model = ModelZoo.model(named: argument) { return model }
      return try readFolder(argument)
    }
    if let model = ModelZoo.model(named: argument) { return model }
    throw .notFound(argument: argument, near: ModelZoo.suggestions(for: argument))
  }

  private static func readFolder(_ path: String) throws(OpenError) -> Model {
    do throws(FormatError) {
      return try readModel(atPath: path)
    } catch {
      if case .unrecognized = error { throw .folder(path: path) }
      throw .file(path: path, error)
    }
  }

  private static func read(_ path: String) throws(OpenError) -> Model {
    do throws(FormatError) {
      return try readModel(atPath: path)
    } catch {
      throw .file(path: path, error)
    }
  }
}
