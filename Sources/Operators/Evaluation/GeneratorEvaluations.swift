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
      broadcastPositions(try call.shape(0), to: type.shape),
      zip(
        broadcastPositions(yes.type.shape, to: type.shape),
        broadcastPositions(no.type.shape, to: type.shape)))
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

/// The position in a shape of each element of the shape it broadcasts to.
func broadcastPositions(_ shape: Shape, to result: Shape) -> [Int] {
  let strides = zip(shape, shape.strides).map { $0 == 1 ? 0 : $1 }
  return positions(
    result, strides: Array(repeating: 0, count: max(0, result.count - shape.count)) + strides)
}

extension TensorValue {
  /// The elements converted as `Cast` does; `nil` for conversions that are not followed.
  fileprivate func converted(to type: TensorType) -> TensorValue? {
    switch contents {
    case .integers(let elements):
      if type.dataType == .bool {
        return TensorValue(type, .integers(elements.map { $0 == 0 ? 0 : 1 }))
      }
      if type.dataType.isInteger {
        return TensorValue(type, .integers(elements.map { $0.wrapped(to: type.dataType) }))
      }
      return type.dataType.isFloatingPoint
        ? TensorValue(type, .floats(elements.map(Double.init))) : nil
    case .floats(let elements):
      if type.dataType == .bool {
        return TensorValue(type, .integers(elements.map { $0 == 0 ? 0 : 1 }))
      }
      if type.dataType.isInteger {
        let integers = elements.map { Int(clamping: $0).wrapped(to: type.dataType) }
        return TensorValue(type, .integers(integers))
      }
      return type.dataType.isFloatingPoint
        ? TensorValue(type, .floats(elements.map { $0.rounded(to: type.dataType) })) : nil
    case .strings: return nil
    }
  }
}

extension Int {
  /// The number that the low bits hold in a narrower type.
  fileprivate func wrapped(to type: DataType) -> Int {
    switch type {
    case .int32: Int(Int32(truncatingIfNeeded: self))
    case .uint32: Int(UInt32(truncatingIfNeeded: self))
    case .int16: Int(Int16(truncatingIfNeeded: self))
    case .uint16: Int(UInt16(truncatingIfNeeded: self))
    case .int8: Int(Int8(truncatingIfNeeded: self))
    case .uint8: Int(UInt8(truncatingIfNeeded: self))
    default: self
    }
  }
}

extension Double {
  fileprivate func rounded(to type: DataType) -> Double {
    type == .float32 ? Double(Float(self)) : self
  }
}
