import ByteFormats
import ModelFormats
public import ModelGraph
import ModelZoo

extension MemFit {
  /// The names that ``open(_:)`` takes besides paths.
  public static var architectureNames: [String] { ModelZoo.architectures.map(\.name) }

  /// Opens the file or folder at a path, or the built-in architecture of a name.
  ///
  /// A file goes first where both exist, since only its owner can have made it. Addresses on the web and of the Hugging
  /// Face hub, `hf://owner/name`, are read by their headers alone; `fetched` is told the number of bytes of each piece that
  /// arrives.
  public static func open(
    _ argument: String, fetched: @escaping @Sendable (_ byteCount: Int) -> Void = { _ in }
  ) throws(OpenError) -> Model {
    if isRemote(argument) { return try readRemote(argument, fetched: fetched) }
    if let facts = FileFacts(path: argument) {
      // A folder named like an architecture does not hide it.
      if facts.isRegular { return try readHiding(argument) }
      if let model = builtIn(argument) { return model }
      // Reading a pipe or a device fails, with the reason.
      return facts.isFolder ? try readFolder(argument) : try read(argument)
    }
    if let model = builtIn(argument) { return model }
    if FileFacts.isBlocked(argument) { return try read(argument) }
    throw .notFound(argument: argument, near: ModelZoo.suggestions(for: argument))
  }

  /// The built-in model of a name; none where folders are named, so that the list need not be made.
  private static func builtIn(_ argument: String) -> Model? {
    argument.utf8.contains(UInt8(ascii: "/")) ? nil : ModelZoo.model(named: argument)
  }

  private static func readFolder(_ path: String) throws(OpenError) -> Model {
    do throws(FormatError) {
      return try readModel(atPath: path)
    } catch {
      if case .unrecognized = error { throw .folder(path: path) }
      throw .file(path: path, error)
    }
  }

  /// Reads a file, and says so if its name is an architecture's too.
  private static func readHiding(_ path: String) throws(OpenError) -> Model {
    var model = try read(path)
    guard builtIn(path) != nil else { return model }
    let message = "this is the file; the built-in architecture of that name is hidden by it"
    model.diagnostics.append(Diagnostic(.note, "hiddenArchitecture", message, at: path))
    return model
  }

  private static func read(_ path: String) throws(OpenError) -> Model {
    do throws(FormatError) {
      return try readModel(atPath: path)
    } catch {
      throw .file(path: path, error)
    }
  }
}
