import ByteFormats
import ModelGraph
import ModelZoo

/// What the `config.json` of a folder says of the model beside its weights.
enum ConfiguredFolder {
  /// The model that the configuration alone describes; `nil` if weights lie beside it.
  static func modelWithoutWeights(_ folder: Folder, name: String) throws(FormatError) -> Model? {
    guard let document = document(folder), let type = document["model_type"]?.string,
      ModelZoo.knows(modelType: type), !folder.contains("modules.json"),
      !folder.names.contains(where: { WeightFileName($0) != nil })
    else { return nil }
    return try ConfigurationFile.model(document, name: name, source: folder.path)
  }

  /// The model that the configuration beside weights describes; `nil` if it says of no type.
  static func modelBesideWeights(_ folder: Folder) -> Result<Model, ConfigurationError>? {
    guard let document = document(folder), document["model_type"] != nil else { return nil }
    return Result { () throws(ConfigurationError) in
      try ModelZoo.model(
        configuredBy: document, name: folder.name, source: folder.path,
        format: HuggingFaceFolder.name)
    }
  }

  /// Adds the graph and what a decoder keeps; the tensors stay those of the files, under all the
  /// names that the architecture gives them.
  static func describe(_ model: inout Model, as configured: Result<Model, ConfigurationError>) {
    do throws(ConfigurationError) {
      let configured = try configured.get()
      model.tensors += sharedNames(configured.tensors, missingFrom: model.tensors)
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

  /// The names that a checkpoint leaves out since another one has their tensor.
  private static func sharedNames(
    _ configured: [Tensor], missingFrom stored: [Tensor]
  ) -> [Tensor] {
    guard Set(configured.map(\.storage)).count < configured.count else { return [] }
    let known = Dictionary(stored.map { ($0.name, $0) }) { first, _ in first }
    let groups = Dictionary(grouping: configured, by: \.storage).filter { $0.value.count > 1 }
    return groups.sorted { $0.key < $1.key }.flatMap { _, names -> [Tensor] in
      guard let owner = names.lazy.compactMap({ known[$0.name] }).first else { return [] }
      return names.filter { known[$0.name] == nil && $0.type.shape == owner.type.shape }.map {
        var shared = owner
        shared.name = $0.name
        return shared
      }
    }
  }

  private static func document(_ folder: Folder) -> JSONValue? {
    guard folder.contains("config.json"), !folder.contains("adapter_config.json") else {
      return nil
    }
    return try? folder.settings("config.json")
  }
}
