/// What the name of a file says of the weights in it.
struct WeightFileName: Hashable {
  var fileName: String

  /// The files of one checkpoint have the same set.
  var set: SetKey
  var isIndex = false

  /// The stem, the variant and the kind of file, which all files of one checkpoint share.
  struct SetKey: Hashable {
    var stem: String

    /// A second set of the same weights in another type, such as `fp16`.
    var variant: String?
    var fileExtension: String

    /// The set as the name of a file without part numbers.
    var description: String {
      [stem, variant, fileExtension].compactMap(\.self).joined(separator: ".")
    }
  }

  /// The stems that libraries write, in the order in which they are looked for.
  static let knownStems = [
    "model", "pytorch_model", "diffusion_pytorch_model", "adapter_model", "open_clip_model",
    "consolidated", "tf_model", "flax_model",
  ]

  /// The kinds of files that hold weights, the preferred first, as the libraries have it.
  static let extensions = [
    "safetensors", "bin", "pt", "pth", "ckpt", "h5", "keras", "msgpack", "gguf", "onnx", "tflite",
  ]

  /// What lies beside weights in the same kinds of files: the state of a training run.
  private static let notWeights: Set<String> = [
    "training_args", "optimizer", "scheduler", "scaler", "rng_state", "tokenizer", "trainer_state",
  ]

  init?(_ fileName: String) {
    self.fileName = fileName
    guard let (base, kind) = Self.split(fileName) else { return nil }
    isIndex = kind.isIndex
    let name = ShardName(base)
    var stem = name.map { $0.stem + $0.suffix } ?? base
    var variant = kind.variant
    let first = String(stem.prefix { $0 != "." })
    if Self.knownStems.contains(first), stem != first {
      let rest = String(stem.dropFirst(first.count + 1))
      // The parts of Meta's checkpoints have a bare number, `consolidated.00.pth`.
      if !rest.allSatisfy(\.isNumber) { variant = rest }
      stem = first
    }
    guard !Self.notWeights.contains(where: { stem.hasPrefix($0) }) else { return nil }
    set = SetKey(stem: stem, variant: variant, fileExtension: kind.fileExtension)
  }

  private struct Kind {
    var fileExtension: String
    var variant: String?
    var isIndex: Bool
  }

  /// Splits off `.safetensors`, `.safetensors.index.json` or `.safetensors.index.fp16.json`.
  private static func split(_ fileName: String) -> (base: String, kind: Kind)? {
    var parts = fileName.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count > 1, let last = parts.popLast()?.lowercased() else { return nil }
    if last != "json" {
      guard extensions.contains(last) else { return nil }
      return (
        parts.joined(separator: "."), Kind(fileExtension: last, variant: nil, isIndex: false)
      )
    }
    guard let index = parts.lastIndex(of: "index"), index > 1, parts.count - index <= 2,
      extensions.contains(parts[index - 1])
    else { return nil }
    let variant = index == parts.count - 1 ? nil : parts[index + 1]
    return (
      parts[..<(index - 1)].joined(separator: "."),
      Kind(fileExtension: parts[index - 1], variant: variant, isIndex: true)
    )
  }
}
