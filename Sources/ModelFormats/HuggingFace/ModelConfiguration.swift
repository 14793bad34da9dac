import ByteFormats
import ModelGraph

/// What the JSON files beside weights say of them.
struct ModelConfiguration {
  private var configuration: JSONValue?
  private var adapter: JSONValue?
  private var log = DiagnosticLog()

  /// The longest text of a configuration that is kept.
  private static let maximumTextLength = 200

  init(_ folder: Folder) {
    configuration = read("config.json", in: folder)
    adapter = read("adapter_config.json", in: folder)
  }

  /// Reads a document if it is there; one that is no JSON is reported and ignored.
  private mutating func read(_ name: String, in folder: Folder) -> JSONValue? {
    guard folder.contains(name) else { return nil }
    do throws(ByteError) {
      let value = try folder.settings(name)
      if let key = value.duplicateKeys.first {
        log.add(.warning, "duplicateKey", "\(name) has \(key.quoted) twice; the last one counts")
      }
      return value
    } catch {
      log.add(.warning, "badConfiguration", "\(name) cannot be read: \(error)", at: name)
      return nil
    }
  }

  private func text(_ value: JSONValue?) -> String? {
    value?.string?.shortened(to: Self.maximumTextLength)
  }

  private var modelType: String? { text(configuration?["model_type"]) }

  private var architecture: String? {
    text(configuration?["architectures"]?.elements.first) ?? text(configuration?["_class_name"])
  }

  /// Why a folder without weights holds no model.
  var reasonForNothing: String {
    guard let name = modelType ?? architecture else { return "no weights lie in it" }
    return "config.json describes \(name.quoted), but no weights lie beside it"
  }
}

extension ModelConfiguration {
  /// Adds to a model what is known of it beside its tensors.
  func describe(_ parts: inout CheckpointParts) {
    for diagnostic in log.all {
      parts.log.add(
        diagnostic.severity, diagnostic.code, diagnostic.message, at: diagnostic.location)
    }
    describeArchitecture(&parts)
    describeAdapter(&parts)
  }

  private func describeArchitecture(_ parts: inout CheckpointParts) {
    guard let configuration else { return }
    let facts: [(String, String?)] = [
      ("model_type", modelType),
      ("architecture", architecture),
      ("dtype", text(configuration["dtype"]) ?? text(configuration["torch_dtype"])),
      ("quantization", text(configuration["quantization_config"]?["quant_method"])),
    ]
    for (name, value) in facts { parts.metadata[name] = value.map(AttributeValue.string) }
    if let modelType {
      let architecture = architecture.map { " (\($0.quoted))" } ?? ""
      parts.log.add(.note, "modelType", "config.json says \(modelType.quoted)\(architecture)")
    } else if let architecture {
      parts.log.add(.note, "modelType", "config.json says \(architecture.quoted)")
    } else {
      parts.log.add(.note, "modelType", "config.json names no architecture")
    }
  }

  private func describeAdapter(_ parts: inout CheckpointParts) {
    guard let adapter else { return }
    let kind = text(adapter["peft_type"]) ?? "adapter"
    let base = text(adapter["base_model_name_or_path"])
    parts.metadata["adapter"] = .string(kind)
    parts.metadata["base_model"] = base.map(AttributeValue.string)
    let rank = adapter["r"]?.integer
    parts.metadata["adapter.rank"] = rank.map(AttributeValue.integer)
    let size = rank.map { " of rank \($0)" } ?? ""
    parts.log.add(
      .note, "adapter",
      "a \(kind.quoted) adapter\(size) of \((base ?? "a model not named").quoted), "
        + "whose own weights are not counted")
  }
}
