public import ByteFormats
public import ModelGraph

/// A folder `.mlpackage`: a manifest, the model, and the file of its weights.
///
/// ```
/// Manifest.json
/// Data/com.apple.CoreML/model.mlmodel
/// Data/com.apple.CoreML/weights/weight.bin
/// ```
public enum CoreMLPackage: FolderFormat {
  public static let name = "Core ML package"

  public static func matches(_ folder: Folder) -> Bool {
    folder.contains("Manifest.json") && folder.contains("Data")
  }

  public static func read(_ folder: Folder) throws(FormatError) -> Model {
    let path = try rootModel(folder)
    let file = try folder.opening("Data/\(path)")
    var model = try CoreML.read(file)
    model.name = folder.name.withoutExtension
    model.source = folder.path
    return model
  }

  /// The path of the model below `Data`, as the manifest gives it.
  private static func rootModel(_ folder: Folder) throws(FormatError) -> String {
    let file = try folder.opening("Manifest.json")
    let manifest: JSONValue
    do throws(ByteError) {
      manifest = try JSONValue(file, limit: JSONValue.maximumSettingsByteCount)
    } catch {
      throw .bytes(error)
    }
    guard let root = manifest["rootModelIdentifier"]?.string,
      let path = manifest["itemInfoEntries"]?[root]?["path"]?.string
    else {
      throw .noModel(format: name, reason: "the manifest names no root model")
    }
    guard path.isLocalPath else {
      throw .noModel(
        format: name, reason: "the manifest's path \(path.quoted) leads out of the package")
    }
    return path
  }
}
