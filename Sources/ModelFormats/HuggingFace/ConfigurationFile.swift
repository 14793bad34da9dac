public import ByteFormats
public import ModelGraph
import ModelZoo

/// A `config.json` on its own: the architecture it describes, with no weights beside it.
public enum ConfigurationFile: ModelFormat {
  public static let name = "config.json"

  public static func matches(_ candidate: Candidate) -> Bool {
    candidate.fileName == "config.json" || candidate.fileName.hasSuffix(".config.json")
  }

  public static func read(_ file: MappedFile) throws(FormatError) -> Model {
    let document: JSONValue
    do throws(ByteError) {
      document = try JSONValue(file, limit: JSONValue.maximumSettingsByteCount)
    } catch {
      throw .bytes(error)
    }
    return try model(document, name: modelName(file), source: file.path)
  }

  /// The model that a document describes.
  static func model(
    _ document: JSONValue, name: String, source: String
  ) throws(FormatError) -> Model {
    do throws(ConfigurationError) {
      return try ModelZoo.model(
        configuredBy: document, name: name, source: source, format: Self.name)
    } catch {
      throw .configuration(error)
    }
  }

  /// The name of the folder around it, as most are called `config.json`.
  private static func modelName(_ file: MappedFile) -> String {
    guard file.name == "config.json" else { return file.name }
    return file.folder.split(separator: "/").last.map(String.init) ?? file.name
  }
}
