import ModelGraph

extension Evaluation {
  static let shapeOf = Evaluation { call, _ throws(ShapeError) in
    let shape = try call.shape(0)
    return [TensorValue(Array(shape[try axesInRange(call)]))]
  }

  static let sizeOf = Evaluation { call, _ throws(ShapeError) in
    [TensorValue(scalar: try call.tensor(0).elementCount)]
  }

  static let constant = Evaluation { call, _ throws(ShapeError) in [constantValue(call)] }

  static let range = Evaluation { call, outputs throws(ShapeError) in
    guard let type = outputs.first?.tensorType else { return [] }
    if type.dataType.isInteger {
      guard let start = try call.integer(0), let step = try call.integer(2) else { return [] }
      return [TensorValue(type, .integers((0..<type.elementCount).map { start &+ $0 &* step }))]
    }
    guard let start = try call.numbers(0)?.first, let step = try call.numbers(2)?.first else {
      return []
    }
    let elements = (0..<type.elementCount).map { start + Double($0) * step }
    return [TensorValue(type, .floats(elements))]
  }

  static let constantOfShape = Evaluation { call, outputs throws(ShapeError) in
    guard let type = outputs.first?.tensorType else { return [] }
    guard case .tensor(let value)? = call.attributes["value"] else {
      return [TensorValue(type, .floats(Array(repeating: 0, count: type.elementCount)))]
    }
    guard value.type.elementCount == 1, value.isSound else { return [] }
    return [value.picking(Array(repeating: 0, count: type.elementCount), as: type)]
  }

  /// The second operand where the first is true, the third elsewhere.
  static let selection = Evaluation { call, outputs throws(ShapeError) in
    guard let condition = call.value(0)?.integers, let yes = call.value(1),
      let no = call.value(2), let type = outputs.first?.tensorType
    else { return [] }
    let picked = zip(
      try broadcastPositions(from: try call.shape(0), to: type.shape),
      zip(
        try broadcastPositions(from: yes.type.shape, to: type.shape),
        try broadcastPositions(from: no.type.shape, to: type.shape)))
    switch (yes.contents, no.contents) {
    case (.integers(let a), .integers(let b)):
      return [
        TensorValue(type, .integers(picked.map { condition[$0] != 0 ? a[$1.0] : b[$1.1] }))
      ]
    case (.floats(let a), .floats(let b)):
      return [TensorValue(type, .floats(picked.map { condition[$0] != 0 ? a[$1.0] : b[$1.1] }))]
    default: return []
    }
  }

  /// The elements converted to the output's type.
  static let cast = Evaluation { call, outputs throws(ShapeError) in
    guard let value = call.value(0), let type = outputs.first?.tensorType else { return [] }
    return [value.converted(to: type)]
  }

  /// The number of elements, where it is known.
  static let sequenceLength = Evaluation { call, _ throws(ShapeError) in
    [TensorValue(scalar: try call.sequence(0).count)]
  }

  /// Whether there is a value.
  static let optionalHasElement = Evaluation { call, _ throws(ShapeError) in
    var isPresent = call.has(0)
    if isPresent, case .optional(let wrapped) = try call.type(0) { isPresent = wrapped != nil }
    return [TensorValue(TensorType(.bool, []), .integers([isPresent ? 1 : 0]))]
  }
}

extension TensorValue {
  /// The elements converted as `Cast` does; `nil` for conversions that are not followed.
  fileprivate func converted(to type: TensorType) -> TensorValue? {
    guard type.dataType.isFollowed else { return nil }
    switch contents {
    case .integers(let elements):
      return type.dataType.isFloatingPoint
        ? type.value(elements.map(Double.init)) : type.value(elements)
    case .floats(let elements):
      switch type.dataType {
      case .bool: return type.value(elements.map { $0 == 0 ? 0 : 1 })
      case let dataType where dataType.isInteger:
        return type.value(elements.map { Int(clamping: $0) })
      default: return type.value(elements)
      }
    case .strings: return nil
    }
  }
}
