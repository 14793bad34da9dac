public import ByteFormats
public import ModelGraph

/// A folder as the Hugging Face libraries write it: weights, and JSON files that say what they are.
///
/// - `config.json` names the architecture of the weights beside it;
/// - `adapter_config.json` says that the weights adapt another model;
/// - `model_index.json` lists the components of a diffusion pipeline, each in a folder of its own;
/// - `modules.json` lists the modules of a sentence-transformer.
///
/// The same weights often lie there several times, as another type or for another library. They are
/// counted once, and a diagnostic names the rest.
public enum HuggingFaceFolder: FolderFormat {
  public static let name = "Hugging Face folder"

  /// The name where an error is about a part of a folder.
  static let family = "Hugging Face"

  public static func matches(_ folder: Folder) -> Bool {
    folder.names.contains { markers.contains($0) || WeightFileName($0) != nil }
  }

  static let markers: Set = [
    "config.json", "adapter_config.json", "model_index.json", "modules.json",
  ]

  public static func read(_ folder: Folder) throws(FormatError) -> Model {
    if let model = try ConfiguredFolder.modelWithoutWeights(folder, name: modelName(folder)) {
      return model
    }
    let (stored, configured) = concurrently(
      { Result { () throws(FormatError) in try parts(folder) } },
      { ConfiguredFolder.modelBesideWeights(folder) })
    var model = try stored.get().model(
      name: modelName(folder), source: folder.path, format: name)
    if let configured { ConfiguredFolder.describe(&model, as: configured) }
    return model
  }

  private static func parts(_ folder: Folder) throws(FormatError) -> CheckpointParts {
    if folder.contains("model_index.json") { return try DiffusionPipeline.read(folder) }
    if folder.contains("modules.json") { return try SentenceTransformer.read(folder) }
    return try component(folder)
  }

  /// Reads the one model that lies in a folder.
  static func component(_ folder: Folder) throws(FormatError) -> CheckpointParts {
    let configuration = ModelConfiguration(folder)
    guard var parts = try WeightSelection(folder).read() else {
      throw .noModel(format: family, reason: configuration.reasonForNothing)
    }
    configuration.describe(&parts)
    return parts
  }

  /// The name of the folder, or of the repository where it is a download's cache.
  ///
  /// Layout: <https://huggingface.co/docs/huggingface_hub/guides/manage-cache>
  private static func modelName(_ folder: Folder) -> String {
    let components = folder.path.split(separator: "/")
    let cached = components.last { $0.hasPrefix("models--") }
    guard let cached, components.contains("snapshots") else { return folder.name }
    return cached.dropFirst("models--".count).replacing("--", with: "/").description
  }
}
