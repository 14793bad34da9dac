import ByteFormats
import ModelGraph

/// Kinds of models from before networks, whose numbers are stored in the file.
enum ClassicModel: Hashable {
  case linear, trees, supportVectors

  /// The numbers of a model, counted and not read.
  func tensors(_ message: ProtobufMessage) throws(ByteError) -> [Tensor] {
    switch self {
    case .linear: try linear(message)
    case .trees: try trees(message)
    case .supportVectors: try supportVectors(message)
    }
  }

  /// A weight for each feature and an offset for each class.
  private func linear(_ message: ProtobufMessage) throws(ByteError) -> [Tensor] {
    var message = message
    var weights: [Int] = []
    var offsets = 0
    while let field = try message.next() {
      switch field.number {
      case 1: weights.append(try numbers(in: try field.message(), field: 1))
      case 2: offsets += try doubles(field)
      default: break
      }
    }
    let width = weights.max() ?? 0
    let isEven = weights.allSatisfy { $0 == width }
    let shape = isEven ? [weights.count, width] : [weights.reduce(0, +)]
    return tensors([("weights", shape), ("offset", [offsets])])
  }

  /// Nodes with a threshold each, and values at the leaves.
  private func trees(_ message: ProtobufMessage) throws(ByteError) -> [Tensor] {
    var message = message
    var (branches, leaves, bases) = (0, 0, 0)
    while let field = try message.next() {
      guard field.number == 1 else { continue }
      var ensemble = try field.message()
      while let part = try ensemble.next() {
        switch part.number {
        case 1:
          let node = try treeNode(try part.message())
          leaves += node.values
          branches += node.isLeaf ? 0 : 1
        case 3: bases += try doubles(part)
        default: break
        }
      }
    }
    return tensors([
      ("thresholds", [branches]), ("leaf_values", [leaves]), ("base_values", [bases]),
    ])
  }

  /// A leaf has the behaviour 6.
  private func treeNode(
    _ message: ProtobufMessage
  ) throws(ByteError) -> (isLeaf: Bool, values: Int) {
    var message = message
    var (isLeaf, values) = (false, 0)
    while let field = try message.next() {
      switch field.number {
      case 3: isLeaf = try field.integer() == 6
      case 20: values += 1
      default: break
      }
    }
    return (isLeaf, values)
  }

  private func supportVectors(_ message: ProtobufMessage) throws(ByteError) -> [Tensor] {
    var message = message
    var (vectors, coefficients) = (0, 0)
    while let field = try message.next() {
      switch (field.number, field.value) {
      case (2, .bytes), (3, .bytes), (4, .bytes), (5, .bytes):
        let count = try nestedNumbers(in: try field.message())
        vectors += count.nested
        coefficients += count.own
      default: break
      }
    }
    return tensors([("support_vectors", [vectors]), ("coefficients", [coefficients])])
  }

  /// The numbers in a message itself and in the vectors of it.
  private func nestedNumbers(
    in message: ProtobufMessage
  ) throws(ByteError) -> (own: Int, nested: Int) {
    var message = message
    var (own, nested) = (0, 0)
    while let field = try message.next() {
      guard field.number == 1 else { continue }
      guard case .bytes(let reader) = field.value else {
        own += 1
        continue
      }
      // Packed numbers, or a vector: a message whose first byte is the tag of its field 1.
      if let inner = try? numbers(in: try field.message(), field: 1), inner > 0,
        reader.remaining % 8 != 0 || reader.remaining == 0
      {
        nested += inner
      } else if reader.remaining % 8 == 0 {
        own += reader.remaining / 8
      }
    }
    return (own, nested)
  }

  private func numbers(in message: ProtobufMessage, field number: Int) throws(ByteError) -> Int {
    var message = message
    var count = 0
    while let field = try message.next() {
      if field.number == number { count += try doubles(field) }
    }
    return count
  }

  /// The numbers of eight bytes in a field, packed or one by one.
  private func doubles(_ field: ProtobufField) throws(ByteError) -> Int {
    switch field.value {
    case .bytes(let reader): reader.remaining / 8
    default: 1
    }
  }

  private func tensors(_ parts: [(name: String, shape: Shape)]) -> [Tensor] {
    parts.filter { $0.shape.isPlausible && $0.shape.elementCount > 0 }.enumerated().map {
      Tensor(
        name: $1.name, type: TensorType(.float64, $1.shape), role: .parameter, storage: $0)
    }
  }
}
