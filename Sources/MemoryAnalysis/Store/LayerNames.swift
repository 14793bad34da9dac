import ModelGraph

extension Tensor {
  /// The path of the module that a parameter's name ends in, such as `layer1.0.conv1`.
  ///
  /// `nil` if the name tells none.
  var modulePath: String? {
    if let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex {
      return String(name[..<dot])
    }
    return Self.suffixes.first { name.hasSuffix($0) && name.count > $0.count }
      .map { String(name.dropLast($0.count)) }
  }

  /// What comes last in the names of frameworks that join with underscores.
  private static let suffixes = [
    "_running_mean", "_running_var", "_moving_mean", "_moving_var", "_weight", "_bias", "_gamma",
    "_beta",
  ]
}

/// The kind of layer that tensors of a common name prefix probably form.
///
/// Names and ranks as PyTorch, Hugging Face and GGUF use them; only an assumption.
func guessedType(_ tensors: [Tensor]) -> LayerType {
  let found = tensors.reduce(into: NameSigns()) { $0.formUnion(NameSigns(in: $1.name)) }
  let weights = tensors.filter { $0.role == .parameter }
  let largest = weights.max { $0.type.elementCount < $1.type.elementCount } ?? tensors.first
  if found.contains(.statistics) { return .normalization }
  if found.contains(.recurrence) { return .recurrent }
  if found.contains(.positions) { return .positionEmbedding }
  guard let shape = largest?.type.shape else { return .other }
  switch shape.count {
  case 0: return .other
  case 1: return found.contains(.norm) || tensors.count == 2 ? .normalization : .other
  case 2: return found.contains(.table) ? .embedding : .linear
  // The weights of all experts lie in one tensor.
  case 3 where found.contains(.experts): return .linear
  default: return shape[1] == 1 && shape[0] > 1 ? .depthwiseConvolution : .convolution
  }
}

/// What parts of a tensor's name say of its layer.
private struct NameSigns: OptionSet {
  let rawValue: NameParts.Groups

  static let statistics = NameSigns(rawValue: 1 << 0)
  static let recurrence = NameSigns(rawValue: 1 << 1)
  static let positions = NameSigns(rawValue: 1 << 2)
  static let norm = NameSigns(rawValue: 1 << 3)
  static let table = NameSigns(rawValue: 1 << 4)
  static let experts = NameSigns(rawValue: 1 << 5)

  private static let parts = NameParts(
    ["running_mean", "moving_mean"], ["weight_ih", "weight_hh"],
    ["position_embedding", "pos_embed", "wpe."], ["norm", "ln_", ".ln", "bn"],
    ["embed", "wte.", "embd"], ["_exps", "experts."])
}

extension NameSigns {
  init(in name: String) { self.init(rawValue: Self.parts.groups(in: name)) }
}
