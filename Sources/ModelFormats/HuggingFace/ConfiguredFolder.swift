import ByteFormats
import ModelGraph
import ModelZoo

/// What the `config.json` of a folder says of the model beside its weights.
enum ConfiguredFolder {
  /// The model that the configuration alone describes; `nil` if weights lie beside it.
  static func modelWithoutWeights(_ folder: Folder, name: String) throws(FormatError) -> Model? {
    guard let document = document(folder), let type = document["model_type"]?.string,
      ModelZoo.knows(modelType: type), !folder.contains("modules.json"),
      WeightSet.all(in: folder).isEmpty
    else { return nil }
    return try ConfigurationFile.model(document, name: name, source: folder.path)
  }

  /// Adds the graph and what a decoder keeps; the tensors stay those of the files.
  static func describe(_ model: inout Model, _ folder: Folder) {
    guard let document = document(folder), document["model_type"] != nil else { return }
    do throws(ConfigurationError) {
      let configured = try ModelZoo.model(
        configuredBy: document, name: model.name, source: model.source, format: model.format)
      model.graph = configured.graph
      model.cache = configured.cache
      model.experts = configured.experts
      model.diagnostics += configured.diagnostics
    } catch {
      model.diagnostics.append(
        Diagnostic(
          .note, "noArchitecture", "config.json gives no graph: \(error)", at: "config.json"))
    }
  }

  private static func document(_ folder: Folder) -> JSONValue? {
    guard folder.contains("config.json"), !folder.contains("adapter_config.json") else {
      return nil
    }
    return try? JSONValue(MappedFile(path: folder.path(of: "config.json")))
  }
}
