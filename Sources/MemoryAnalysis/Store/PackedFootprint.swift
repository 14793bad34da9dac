public import ModelGraph

/// What a model takes in the packed form that its configuration asks for.
public struct PackedFootprint: Hashable, Sendable {
  public var method: String
  public var rule: String
  public var source: String

  /// The elements that are packed, and the bytes they take.
  public var packed: Tally

  /// Scales, zero points and the like.
  public var side: ByteCount

  /// What stays as it is.
  public var plain: Tally

  /// All of it.
  public var bytes: ByteCount { packed.bytes + side + plain.bytes }

  public init(
    method: String, rule: String, source: String, packed: Tally, side: ByteCount, plain: Tally
  ) {
    self.method = method
    self.rule = rule
    self.source = source
    self.packed = packed
    self.side = side
    self.plain = plain
  }
}

extension PackedFootprint {
  /// Packs the matrices of linear layers and of experts that the method is for.
  init(
    _ packing: WeightPacking, _ stored: StoredTensors, _ layers: [CollectedLayer],
    tied: Set<String>
  ) {
    self.init(
      method: packing.method, rule: packing.rule, source: packing.source, packed: .zero,
      side: .zero, plain: .zero)
    for layer in layers {
      for index in layer.tensors where stored.tensors[index].role == .parameter {
        let tensor = stored.tensors[index]
        let matrices = tensor.matrices(in: layer.type, packing, tied: tied)
        if matrices.isEmpty { plain += tensor.tally }
        for matrix in matrices { add(matrix, packing) }
      }
    }
  }

  private mutating func add(_ matrix: PackedMatrix, _ packing: WeightPacking) {
    let (outputs, inputs) = (matrix.outputs, matrix.inputs)
    let bytes = packing.elementBytes(
      outputs: outputs, inputs: inputs, ofExpert: matrix.isOfExpert)
    let side = packing.sideBytes(outputs: outputs, inputs: inputs, ofExpert: matrix.isOfExpert)
    packed += Tally(
      count: outputs * inputs * matrix.count,
      bytes: ByteCount(bytes) * matrix.count)
    self.side = self.side + ByteCount(side) * matrix.count
  }
}

/// Equal matrices in a tensor.
private struct PackedMatrix {
  var outputs: Int
  var inputs: Int
  var count: Int
  var isOfExpert = false
}

extension Tensor {
  /// The matrices that a method packs; none if the tensor stays as it is.
  fileprivate func matrices(
    in layer: LayerType, _ packing: WeightPacking, tied: Set<String>
  ) -> [PackedMatrix] {
    let module = name.hasSuffix(".weight") ? String(name.dropLast(7)) : name
    guard !packing.excludes(module: module), !tied.contains(name) else { return [] }
    let shape = type.shape
    if layer == .experts, packing.packsExperts, shape.count == 3 {
      // Checkpoints have the gate and its counterpart apart.
      let isPair = name.hasSuffix("gate_up_proj") && shape[1].isMultiple(of: 2)
      return [
        PackedMatrix(
          outputs: isPair ? shape[1] / 2 : shape[1], inputs: shape[2],
          count: isPair ? 2 * shape[0] : shape[0], isOfExpert: true)
      ]
    }
    guard layer == .linear, packing.packsLinear, shape.count == 2, name.hasSuffix(".weight"),
      !isRouter, packing.packsHead || !isTokenHead
    else { return [] }
    return [PackedMatrix(outputs: shape[0], inputs: shape[1], count: 1)]
  }

  /// Whether its name says that it chooses experts, which no method packs.
  private var isRouter: Bool {
    let parts = name.dottedParts.dropLast()
    guard let last = parts.last else { return false }
    return ["gate", "router", "shared_expert_gate"].contains(last)
      || parts.suffix(2).first == "router"
  }
}

extension PackedFootprint {
  /// Where the figures come from.
  var explanations: [Explanation] {
    [
      Explanation(
        key: "store.packed.bytes", formula: rule,
        numbers: "\(grouped(packed.count)) elements in \(grouped(packed.bytes.value)) bytes + "
          + "\(grouped(side.value)) bytes beside them + \(grouped(plain.count)) elements as they "
          + "are in \(grouped(plain.bytes.value)) bytes = \(grouped(bytes.value)) bytes",
        origin: source, certainty: .modelled)
    ]
  }
}
