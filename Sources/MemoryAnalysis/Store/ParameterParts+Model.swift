import ModelGraph

extension ParameterParts {
  /// Tells the parts by the layers that read the tensors and by the names that libraries give.
  init(of model: Model, _ stored: StoredTensors, _ layers: [CollectedLayer]) {
    let named = model.tensors.filter { $0.role == .parameter }
    let tied = stored.tensors.count < model.tensors.count ? Self.tied(named) : []
    let shared = Set(tied.flatMap(\.names))
    self.init(
      countingTiedTwice: named.lazy.map(\.tally).reduce(.zero, +), tied: tied,
      head: named.lazy.filter { $0.isTokenHead && !shared.contains($0.name) }
        .map(\.tally).reduce(.zero, +), routing: model.experts)
    for layer in layers { add(layer, of: stored) }
    active = active(of: stored.tally(.parameter))
  }

  private mutating func add(_ layer: CollectedLayer, of stored: StoredTensors) {
    for index in layer.tensors {
      let tensor = stored.tensors[index]
      guard tensor.role == .parameter else { continue }
      if layer.type.isEmbedding, tensor.isLookedUp { embedding += tensor.tally }
      let isExpert = layer.type == .experts && !tensor.name.hasSuffix(".bias")
      // A bias beside experts is added to what any of them gives.
      if isExpert || tensor.isOfExperts { experts += tensor.tally }
    }
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
  /// Whether it is a table of rows; slopes of windows are indexed and labels compared, not looked up.
  fileprivate var isLookedUp: Bool {
    type.rank == 2 && !name.hasSuffix("relative_position_bias_table")
      && !name.hasSuffix("label_embeddings_concat")
  }

  /// Whether its name says that it belongs to an expert among which a router chooses.
  ///
  /// Names as transformers (`mlp.experts.3.up_proj`) and llama.cpp (`ffn_up_exps`) have them.
  fileprivate var isOfExperts: Bool {
    if name.containsBytes(of: ".experts.") || name.containsBytes(of: "_exps.") { return true }
    return name.hasPrefix("experts.") || [".experts", "_exps"].contains { name.hasSuffix($0) }
      || name == "experts"
  }

  /// Whether its name says that it maps to the vocabulary.
  var isTokenHead: Bool {
    Self.tokenHeads.contains(name) || name.hasSuffix(".lm_head.weight")
  }

  private static let tokenHeads = ["lm_head.weight", "embed_out.weight", "output.weight"]
}
