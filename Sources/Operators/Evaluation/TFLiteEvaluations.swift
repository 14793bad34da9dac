import ModelGraph

// Converters work sizes out with these operators, on small tensors of whole numbers.

extension Evaluation {
  static let tfliteShapeOf = Evaluation { call, outputs throws(ShapeError) in
    guard let type = outputs.first?.tensorType else { return [] }
    return [TensorValue(type, .integers(try call.shape(0)))]
  }

  static let tfliteRank = Evaluation { call, outputs throws(ShapeError) in
    guard let type = outputs.first?.tensorType else { return [] }
    return [TensorValue(type, .integers([try call.shape(0).count]))]
  }

  static let tfliteStridedSlice = picking { call, type throws(ShapeError) in
    guard type.elementCount > 0 else { return [] }
    let strides = try call.shape(0).strides
    return positions(
      zip(try TFLiteStridedSlice(call).indices(), strides).map { indices, stride in
        indices.map { $0 &* stride }
      })
  }

  static let tfliteSlice = picking { call, type throws(ShapeError) in
    guard type.elementCount > 0 else { return [] }
    let shape = try call.shape(0)
    guard let begins = try call.integers(1), begins.count == shape.count else { return nil }
    for axis in shape.indices {
      guard begins[axis] >= 0, type.shape[axis] <= shape[axis] - begins[axis] else { return nil }
    }
    let first = zip(begins, shape.strides).map { $0 * $1 }.reduce(0, +)
    return positions(type.shape, strides: shape.strides).map { $0 + first }
  }

  static let tfliteTranspose = picking { call, type throws(ShapeError) in
    guard let order = try call.integers(1) else { return nil }
    let strides = try call.shape(0).strides
    let axes = try OperatorCall.axes(order, rank: strides.count)
    return positions(type.shape, strides: axes.map { strides[$0] })
  }

  static let tfliteGather = Evaluation { call, outputs throws(ShapeError) in
    guard call.attributes.integer("batch_dims") ?? 0 == 0 else { return [] }
    return try gather(call, outputs: outputs)
  }

  static let tflitePack = Evaluation { call, outputs throws(ShapeError) in
    guard let type = outputs.first?.tensorType else { return [] }
    let axis = try call.axis(default: 0, rank: type.rank)
    let values = call.values.compactMap(\.self).map { value in
      var shape = value.type.shape
      shape.insert(1, at: min(axis, shape.count))
      return value.reshaped(shape)
    }
    guard values.count == call.inputs.count else { return [] }
    return [joined(values, along: axis, as: type)]
  }

  static let tfliteUnpack = Evaluation { call, outputs throws(ShapeError) in
    guard let value = call.value(0) else { return [] }
    let axis = try call.axis(default: 0, rank: value.type.rank)
    guard outputs.count <= value.type.shape[axis] else { return [] }
    var part = value.type
    part.shape[axis] = 1
    let parts = value.parts(along: axis, as: outputs.map { _ in .tensor(part) })
    return zip(parts, outputs).map { part, output in
      output.tensorType.flatMap { part?.reshaped($0.shape) }
    }
  }

  /// Parts of an operand along an axis that is another operand.
  static func tfliteSplit(of operand: Int, axis: Int) -> Evaluation {
    Evaluation { call, outputs throws(ShapeError) in
      guard let value = call.value(operand), let stated = try call.integer(axis) else { return [] }
      let axis = try OperatorCall.axis(stated, rank: value.type.rank)
      let sizes = outputs.compactMap { $0.tensorType?.shape[axis] }
      guard sizes.count == outputs.count, sizes.reduce(0, +) <= value.type.shape[axis] else {
        return []
      }
      return value.parts(along: axis, as: outputs)
    }
  }

  static let tfliteFill = Evaluation { call, outputs throws(ShapeError) in
    guard let type = outputs.first?.tensorType, let value = call.value(1),
      value.type.elementCount == 1
    else { return [] }
    return [value.picking(Array(repeating: 0, count: type.elementCount), as: type)]
  }

  /// The shape that two shapes are broadcast to.
  static let tfliteBroadcastArguments = Evaluation { call, outputs throws(ShapeError) in
    guard let type = outputs.first?.tensorType, let first = try call.integers(0),
      let second = try call.integers(1)
    else { return [] }
    let shape = try broadcastShape(first, second)
    return shape.count == type.elementCount ? [TensorValue(type, .integers(shape))] : []
  }

  /// The quotient rounded down.
  static let tfliteFloorDivision = folding(
    integers: { dividend, divisor in
      guard divisor != 0, divisor != -1 else { return divisor == 0 ? nil : 0 &- dividend }
      let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
      return remainder != 0 && (remainder < 0) != (divisor < 0) ? quotient - 1 : quotient
    },
    floats: { ($0 / $1).rounded(.down) })

  static let tfliteInequality = comparing(integers: { $0 != $1 }, floats: { $0 != $1 })
}
