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
  let names = tensors.map { $0.name.lowercased() }
  func anyName(_ parts: StaticString...) -> Bool {
    names.contains { name in parts.contains { name.containsBytes(of: $0) } }
  }
  let weights = tensors.filter { $0.role == .parameter }
  let largest = weights.max { $0.type.elementCount < $1.type.elementCount } ?? tensors.first
  if anyName("running_mean", "moving_mean") { return .normalization }
  if anyName("weight_ih", "weight_hh") { return .recurrent }
  if anyName("position_embedding", "pos_embed", "wpe.") { return .positionEmbedding }
  guard let shape = largest?.type.shape else { return .other }
  switch shape.count {
  case 0: return .other
  case 1: return anyName("norm", "ln_", ".ln", "bn") || tensors.count == 2 ? .normalization : .other
  case 2: return anyName("embed", "wte.", "embd") ? .embedding : .linear
  // The weights of all experts lie in one tensor.
  case 3 where anyName("_exps", "experts."): return .linear
  default: return shape[1] == 1 && shape[0] > 1 ? .depthwiseConvolution : .convolution
  }
}
