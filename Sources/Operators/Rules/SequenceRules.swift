import ModelGraph

extension ShapeRule {
  static let sequenceConstruct = ShapeRule { call throws(ShapeError) in
    [.sequence(try call.inputs.indices.map { index throws(ShapeError) in try call.type(index) })]
  }

  static let sequenceEmpty = ShapeRule { _ throws(ShapeError) in [.sequence([])] }

  /// One element; where the position is not known, the type that all elements have.
  static let sequenceAt = ShapeRule { call throws(ShapeError) in
    let elements = try call.sequence(0)
    if let position = call.value(1)?.integers?.first {
      return [elements[try OperatorCall.axis(position, rank: elements.count)]]
    }
    guard let first = elements.first, elements.allSatisfy({ $0 == first }) else {
      throw .dependsOnContents(1)
    }
    return [first]
  }

  /// The position is the last where it is left out.
  static let sequenceErase = ShapeRule { call throws(ShapeError) in
    var elements = try call.sequence(0)
    elements.remove(at: try call.position(1, default: -1, in: elements, count: elements.count))
    return [.sequence(elements)]
  }

  /// The position is the end where it is left out.
  static let sequenceInsert = ShapeRule { call throws(ShapeError) in
    var elements = try call.sequence(0)
    let new = try call.type(1)
    let all = elements + [new]
    let position = try call.position(2, default: elements.count, in: all, count: all.count)
    elements.insert(new, at: position)
    return [.sequence(elements)]
  }

  static let sequenceLength = ShapeRule { _ throws(ShapeError) in [.tensor(.int64, [])] }

  /// The elements joined along an axis, or stacked along a new one.
  static let concatenationOfSequence = ShapeRule.tensor { call throws(ShapeError) in
    let elements = try call.sequence(0)
    guard call.attributes.flag("new_axis") else {
      return try tensorType(
        ShapeRule.concatenation(OperatorCall(elements, attributes: call.attributes)))
    }
    guard case .tensor(var type)? = elements.first, elements.allSatisfy({ $0 == elements[0] })
    else {
      throw .incompatible(
        rule: "the elements to be stacked differ",
        shapes: elements.compactMap(\.tensorType?.shape))
    }
    let axis = try call.axis(default: 0, rank: type.rank + 1)
    type.shape.insert(elements.count, at: axis)
    return type
  }

  /// Pieces of a stated size, or of size 1 if none is stated, whose axis then goes away by default.
  static let splitToSequence = ShapeRule { call throws(ShapeError) in
    let input = try call.tensor(0)
    let axis = try call.axis(default: 0, rank: input.rank)
    let drops = !call.has(1) && call.attributes.integer("keepdims") == 0
    return [
      .sequence(
        try pieceSizes(call, along: input.shape[axis]).map { size in
          var piece = input
          piece.shape[axis] = size
          if drops { piece.shape.remove(at: axis) }
          return .tensor(piece)
        })
    ]
  }
}

extension OperatorCall {
  /// The elements of an operand that must be a sequence.
  func sequence(_ index: Int) throws(ShapeError) -> [ValueType] {
    guard case .sequence(let elements) = try type(index) else {
      throw .unsupported("input \(index) is not a sequence of known length")
    }
    return elements
  }

  /// A position in a sequence, any one if all elements are alike.
  fileprivate func position(
    _ index: Int, default value: Int, in elements: [ValueType], count: Int
  ) throws(ShapeError) -> Int {
    let areAlike = elements.allSatisfy { $0 == elements[0] }
    let stated = areAlike && self.value(index) == nil ? nil : try integer(index)
    return try Self.axis(stated ?? (has(index) ? 0 : value), rank: count)
  }
}

private func tensorType(_ types: [ValueType]) throws(ShapeError) -> TensorType {
  guard let type = types.first?.tensorType else { throw .notATensor(0) }
  return type
}

/// The most pieces into which a tensor is followed.
private let maximumPieceCount = 1 << 12

private func pieceSizes(_ call: OperatorCall, along size: Int) throws(ShapeError) -> [Int] {
  let isScalar = call.has(1) ? try call.shape(1).isEmpty : true
  guard isScalar else { return try splitSizes(call, along: size) }
  let piece = try call.integer(1) ?? 1
  guard piece > 0 else {
    throw .incompatible(rule: "pieces of size \(piece)", shapes: [[size]])
  }
  let count = size.dividedRoundingUp(by: piece)
  guard count <= maximumPieceCount else { throw .unsupported("a sequence of \(count) pieces") }
  return (0..<count).map { min(piece, size - $0 * piece) }
}
