import ModelGraph

extension ParameterParts {
  /// Tells the parts by the layers that read the tensors and by the names that libraries give.
  init(of model: Model, _ stored: StoredTensors, _ layers: [CollectedLayer]) {
    let named = model.tensors.filter { $0.role == .parameter }
    let parts = layers.flatMap { layer in
      layer.tensors.map { (tensor: stored.tensors[$0], type: layer.type) }
    }.filter { $0.tensor.role == .parameter }
    let tied = Self.tied(named)
    let shared = Set(tied.flatMap(\.names))
    let experts = parts.filter { $0.type == .experts || $0.tensor.isOfExperts }
    self.init(
      countingTiedTwice: named.map(\.tally).reduce(.zero, +), tied: tied,
      embedding: parts.filter { $0.type.isEmbedding && $0.tensor.isLookedUp }
        .map(\.tensor.tally).reduce(.zero, +),
      head: named.filter { $0.isTokenHead && !shared.contains($0.name) }
        .map(\.tally).reduce(.zero, +),
      experts: experts.map(\.tensor.tally).reduce(.zero, +), routing: model.experts)
    active = active(of: stored.tally(.parameter))
  }

  private static func tied(_ tensors: [Tensor]) -> [TiedTensor] {
    let groups = Dictionary(grouping: tensors, by: \.storage).filter { $0.value.count > 1 }
    return groups.sorted { $0.key < $1.key }.compactMap { _, tensors in
      guard let first = tensors.first else { return nil }
      return TiedTensor(names: tensors.map(\.name), content: first.tally)
    }
  }

  /// All parameters but those of the experts that a token does not use.
  private func active(of all: Tally) -> Tally? {
    guard experts.count > 0 else { return all }
    guard let routing, routing.count > 0 else { return nil }
    let unused = max(0, routing.count - routing.used)
    return Tally(
      count: all.count - experts.count.part(unused, of: routing.count),
      bytes: ByteCount(all.bytes.value - experts.bytes.value.part(unused, of: routing.count)))
  }
}

extension Int {
  /// So many parts of a number cut into equal ones, without overflow on the way.
  fileprivate func part(_ count: Int, of whole: Int) -> Int {
    let (each, rest) = quotientAndRemainder(dividingBy: whole)
    return each * count + rest * count / whole
  }
}

extension LayerType {
  fileprivate var isEmbedding: Bool { self == .embedding || self == .positionEmbedding }
}

extension Tensor {
  /// Whether it is a table of rows; slopes of windows are indexed, not looked up.
  fileprivate var isLookedUp: Bool {
    type.rank == 2 && !name.hasSuffix("relative_position_bias_table")
  }

  /// Whether its name says that it belongs to an expert among which a router chooses.
  ///
  /// Names as transformers (`mlp.experts.3.up_proj`) and llama.cpp (`ffn_up_exps`) have them.
  fileprivate var isOfExperts: Bool {
    let dotted = ".\(name)."
    return dotted.containsBytes(of: ".experts.") || dotted.containsBytes(of: "_exps.")
  }

  /// Whether its name says that it maps to the vocabulary.
  var isTokenHead: Bool {
    let names = ["lm_head.weight", "embed_out.weight", "output.weight"]
    return names.contains(name) || name.hasSuffix(".lm_head.weight")
  }
}
