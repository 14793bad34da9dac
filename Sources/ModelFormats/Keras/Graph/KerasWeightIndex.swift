import ModelGraph

/// The stored tensors of each layer, found by the names of the layers.
struct KerasWeightIndex {
  let tensors: [Tensor]

  /// For each layer's name, the tensors below it and what their names say after it.
  private var byLayer: [Substring: [(rest: [Substring], position: Int)]] = [:]

  init(_ tensors: [Tensor]) {
    self.tensors = tensors
    for (position, tensor) in tensors.enumerated()
    where tensor.role == .parameter || tensor.role == .state {
      let parts = tensor.name.split(separator: "/")
      for index in parts.indices.dropLast() {
        byLayer[parts[index], default: []].append((Array(parts[(index + 1)...]), position))
      }
      if parts.count == 1, let (layer, variable) = Self.joined(tensor.name) {
        byLayer[layer, default: []].append(([variable], position))
      }
    }
  }

  /// Keras 1 joined the names of layer and variable: `dense_1_W`.
  private static func joined(_ name: String) -> (Substring, Substring)? {
    for (suffix, variable) in oldNames where name.hasSuffix(suffix) {
      return (name.dropLast(suffix.count), Substring(variable))
    }
    return nil
  }

  private static let oldNames = [
    ("_W", "kernel"), ("_b", "bias"), ("_gamma", "gamma"), ("_beta", "beta"),
    ("_running_mean", "moving_mean"), ("_running_std", "moving_variance"),
  ]

  /// The tensor of a layer whose name ends in the given parts.
  func tensor(of layer: String, inside models: [String], _ suffix: [String]) -> Tensor? {
    guard let candidates = byLayer[Substring(layer)] else { return nil }
    let fitting = candidates.filter { $0.rest.count >= suffix.count && $0.rest.ends(with: suffix) }
    let inModel = fitting.filter { candidate in
      models.allSatisfy { tensors[candidate.position].name.split(separator: "/").contains($0[...]) }
    }
    let best = (inModel.isEmpty ? fitting : inModel).min { $0.rest.count < $1.rest.count }
    return best.map { tensors[$0.position] }
  }

  /// The parts between a layer's name and a variable's, where the first is as wanted.
  func path(in layer: String, _ isWanted: (Substring) -> Bool) -> [String]? {
    let paths = (byLayer[Substring(layer)] ?? []).map(\.rest)
    let found = paths.first { $0.count > 1 && $0.first.map(isWanted) == true }
    return found.map { $0.dropLast().map(String.init) }
  }
}

extension [Substring] {
  fileprivate func ends(with parts: [String]) -> Bool {
    suffix(parts.count).elementsEqual(parts) { $0 == $1 }
  }
}
