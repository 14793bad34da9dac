import ByteFormats
import ModelGraph

/// A pipeline of the diffusers library: models that work together, each in its folder.
///
/// ```
/// { "_class_name": "StableDiffusionPipeline",
///   "unet": ["diffusers", "UNet2DConditionModel"], "safety_checker": [null, null] }
/// ```
enum DiffusionPipeline {
  static let maximumComponentCount = 256

  static func read(_ folder: Folder) throws(FormatError) -> CheckpointParts {
    let index: JSONValue
    do throws(ByteError) {
      index = try folder.settings("model_index.json")
    } catch {
      throw .bytes(error)
    }
    guard index.members.count <= maximumComponentCount else {
      throw .limit(what: "components of a pipeline", limit: maximumComponentCount)
    }
    var parts = CheckpointParts()
    for member in index.members where !member.key.hasPrefix("_") {
      guard let component = Component(member) else { continue }
      try component.read(in: folder, into: &parts)
    }
    guard parts.fileCount > 0 else {
      throw .noModel(
        format: HuggingFaceFolder.family, reason: "no component of model_index.json has weights")
    }
    parts.metadata["architecture"] = index["_class_name"]?.string.map {
      .string($0.shortened(to: 200))
    }
    noteSingleFiles(folder, &parts)
    return parts
  }

  /// Names whole models that lie beside the components.
  private static func noteSingleFiles(_ folder: Folder, _ parts: inout CheckpointParts) {
    for set in WeightSet.all(in: folder) {
      parts.log.add(
        .note, "otherWeights",
        "\(set.key.description.quoted) lies beside the components and is not counted")
    }
  }
}

/// A component of a pipeline that is there: its folder and its class.
private struct Component {
  var name: String
  var className: String

  /// Takes `"unet": ["diffusers", "UNet2DConditionModel"]`; `nil` for a component left out.
  init?(_ member: JSONValue.Member) {
    let elements = member.value.elements
    guard elements.count == 2, let className = elements[1].string else { return nil }
    name = member.key
    self.className = className
  }

  /// Whether a class has no weights by its nature.
  private var isWithoutWeights: Bool {
    ["Scheduler", "Tokenizer", "Processor", "FeatureExtractor"].contains { className.contains($0) }
  }

  func read(in folder: Folder, into parts: inout CheckpointParts) throws(FormatError) {
    guard name.isLocalPath, let inner = try folder.listing(name) else {
      guard !isWithoutWeights else { return }
      parts.log.add(
        .error, "missingParts", "the component \(name.quoted) has no folder", at: name)
      return
    }
    do throws(FormatError) {
      let component = try HuggingFaceFolder.component(inner)
      parts.merge(component.withoutMetadata, prefix: name + ".", from: name)
    } catch {
      guard !isWithoutWeights else { return }
      parts.log.add(
        .error, "unreadablePart", "the component \(name.quoted) is not counted: \(error)", at: name)
    }
  }
}

extension CheckpointParts {
  /// The parts without what is said of them alone and not of the whole.
  fileprivate var withoutMetadata: CheckpointParts {
    var result = self
    result.metadata = [:]
    return result
  }
}
