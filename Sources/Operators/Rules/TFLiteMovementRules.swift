import ModelGraph

extension ShapeRule {
  /// The output has the declared type, since only the file tells it; else the first input's.
  static func tflite(
    _ infer: @escaping @Sendable (OperatorCall) throws(ShapeError) -> Shape
  ) -> ShapeRule {
    .tensor { call throws(ShapeError) in
      TensorType(try call.declaredType(orOf: 0), try infer(call))
    }
  }

  static let tfliteSameShape = tflite { call throws(ShapeError) in try call.shape(0) }
  static let tfliteBroadcast = tflite { call throws(ShapeError) in try broadcastShape(of: call) }

  static let tfliteReshape = tflite { call throws(ShapeError) in
    let input = try call.tensor(0)
    let operand = call.has(1) ? call.value(1)?.integers : nil
    guard let target = operand ?? (call.has(1) ? nil : call.attributes.integers("new_shape"))
    else { throw .dependsOnContents(1) }
    guard let open = target.firstIndex(of: -1) else { return target }
    let known = Shape(target.filter { $0 != -1 }).elementCount
    guard known > 0, target.filter({ $0 == -1 }).count == 1 else {
      throw .incompatible(rule: "the shape has at most one open size", shapes: [target])
    }
    var shape = target
    shape[open] = input.elementCount / known
    return shape
  }

  static let tfliteConcatenation = tflite { call throws(ShapeError) in
    var shape = try call.shape(0)
    guard !shape.isEmpty else { return [call.inputs.count] }
    let axis = try call.axis(default: 0, rank: shape.count)
    for index in call.inputs.indices.dropFirst() {
      let other = try call.shape(index)
      guard other.count == shape.count else {
        throw .incompatible(rule: "the ranks are equal", shapes: [shape, other])
      }
      shape[axis] = try shape[axis].plus(other[axis])
    }
    return shape
  }

  static let tfliteTranspose = tflite { call throws(ShapeError) in
    let shape = try call.shape(0)
    guard let order = try call.integers(1) else { throw .missingInput(1) }
    let axes = try OperatorCall.axes(order, rank: shape.count)
    return axes.map { shape[$0] }
  }

  static let tflitePad = tflite { call throws(ShapeError) in
    var shape = try call.shape(0)
    guard let pads = try call.integers(1) else { throw .missingInput(1) }
    guard pads.count == 2 * shape.count else {
      throw .incompatible(rule: "two amounts for each axis", shapes: [shape, [pads.count]])
    }
    for axis in shape.indices {
      shape[axis] = try shape[axis].plus(pads[2 * axis]).plus(pads[2 * axis + 1])
    }
    return shape
  }

  static let tfliteReduction = tflite { call throws(ShapeError) in
    let shape = try call.shape(0)
    guard let stated = try call.integers(1) else { throw .missingInput(1) }
    var axes: Set<Int> = []
    for axis in stated { axes.insert(try OperatorCall.axis(axis, rank: shape.count)) }
    if call.attributes.flag("keep_dims") {
      return shape.enumerated().map { axes.contains($0.offset) ? 1 : $0.element }
    }
    return shape.enumerated().filter { !axes.contains($0.offset) }.map(\.element)
  }

  /// `[N, H, W, C]` in another height and width.
  static let tfliteResize = tflite { call throws(ShapeError) in
    let shape = try call.tensor(0, rank: 4).shape
    guard let sizes = try call.integers(1), sizes.count == 2 else { throw .missingInput(1) }
    return [shape[0], sizes[0], sizes[1], shape[3]]
  }

  static let tfliteExpandDims = tflite { call throws(ShapeError) in
    var shape = try call.shape(0)
    guard let axis = try call.integer(1) else { throw .missingInput(1) }
    shape.insert(1, at: try OperatorCall.axis(axis, rank: shape.count + 1))
    return shape
  }

  static let tfliteSqueeze = tflite { call throws(ShapeError) in
    let shape = try call.shape(0)
    let stated = call.attributes.integers("squeeze_dims") ?? []
    guard !stated.isEmpty else { return shape.filter { $0 != 1 } }
    var axes: Set<Int> = []
    for axis in stated { axes.insert(try OperatorCall.axis(axis, rank: shape.count)) }
    return shape.enumerated().filter { !axes.contains($0.offset) }.map(\.element)
  }

  static let tfliteGather = tflite { call throws(ShapeError) in
    let (shape, indices) = (try call.shape(0), try call.shape(1))
    let axis = try call.axis(default: 0, rank: shape.count)
    let stated = call.attributes.integer("batch_dims") ?? 0
    let batch = stated < 0 ? stated + indices.count : stated
    guard 0...min(axis, indices.count) ~= batch else {
      throw .axisOutOfRange(axis: batch, rank: indices.count)
    }
    return Array(shape[..<axis] + indices[batch...] + shape[(axis + 1)...])
  }

  static let tflitePack = tflite { call throws(ShapeError) in
    var shape = try call.shape(0)
    let axis = try call.axis(default: 0, rank: shape.count + 1)
    shape.insert(call.inputs.count, at: axis)
    return shape
  }

  static let tfliteUnpack = ShapeRule { call throws(ShapeError) in
    var type = try call.tensor(0)
    let axis = try call.axis(default: 0, rank: type.rank)
    type.shape.remove(at: axis)
    return Array(repeating: .tensor(type), count: call.outputCount)
  }

  /// Equal parts along an axis, the first operand.
  static let tfliteSplit = ShapeRule { call throws(ShapeError) in
    var type = try call.tensor(1)
    guard let stated = try call.integer(0) else { throw .missingInput(0) }
    let axis = try OperatorCall.axis(stated, rank: type.rank)
    let count = try call.positive("num_splits", default: call.outputCount)
    type.shape[axis] /= count
    return Array(repeating: .tensor(type), count: call.outputCount)
  }

  static let tfliteTile = tflite { call throws(ShapeError) in
    var shape = try call.shape(0)
    guard let times = try call.integers(1), times.count == shape.count else {
      throw .missingInput(1)
    }
    for axis in shape.indices { shape[axis] = try shape[axis].times(times[axis]) }
    return shape
  }

  static let tfliteSlice = tflite { call throws(ShapeError) in
    let shape = try call.shape(0)
    guard let begins = try call.integers(1), let sizes = try call.integers(2),
      begins.count == shape.count, sizes.count == shape.count
    else { throw .missingInput(1) }
    var result: Shape = []
    for axis in shape.indices {
      result.append(sizes[axis] < 0 ? try shape[axis].minus(begins[axis]) : sizes[axis])
    }
    return result
  }

  /// `[…, M, K]` and `[…, K, N]`, either turned round.
  static let tfliteBatchProduct = tflite { call throws(ShapeError) in
    let (left, right) = (try call.shape(0), try call.shape(1))
    guard left.count >= 2, right.count >= 2 else {
      throw .rank(input: 0, expected: "two axes", found: left)
    }
    let rows = call.attributes.flag("adj_x") ? left[left.count - 1] : left[left.count - 2]
    let columns = call.attributes.flag("adj_y") ? right[right.count - 2] : right[right.count - 1]
    let batch = try broadcastShape(Array(left.dropLast(2)), Array(right.dropLast(2)))
    return batch + [rows, columns]
  }

  /// Blocks of pixels as channels, or back.
  static func tfliteBlocks(growsChannels: Bool) -> ShapeRule {
    tflite { call throws(ShapeError) in
      let shape = try call.tensor(0, rank: 4).shape
      let block = try call.positive("block_size", default: 1)
      let square = try block.times(block)
      return growsChannels
        ? [shape[0], shape[1] / block, shape[2] / block, try shape[3].times(square)]
        : [shape[0], try shape[1].times(block), try shape[2].times(block), shape[3] / square]
    }
  }

  static let tfliteStridedSlice = tflite { call throws(ShapeError) in
    try TFLiteStridedSlice(call).shape()
  }

  static let tfliteShapeOf = tflite { call throws(ShapeError) in [try call.shape(0).count] }
  static let tfliteScalar = tflite { _ throws(ShapeError) in [] }

  /// Without the axis, the second operand.
  static let tfliteArgument = tflite { call throws(ShapeError) in
    var shape = try call.shape(0)
    guard let axis = try call.integer(1) else { throw .missingInput(1) }
    shape.remove(at: try OperatorCall.axis(axis, rank: shape.count))
    return shape
  }

  static let tfliteFill = tflite { call throws(ShapeError) in
    guard let shape = try call.integers(0) else { throw .missingInput(0) }
    return shape
  }

  static let tfliteBroadcastTo = tflite { call throws(ShapeError) in
    guard let shape = try call.integers(1) else { throw .missingInput(1) }
    guard try broadcastShape(try call.shape(0), shape) == shape else {
      throw .incompatible(rule: "the input is broadcast", shapes: [try call.shape(0), shape])
    }
    return shape
  }
}

extension OperatorCall {
  /// The element type that the file declares for the output; if none, that of an operand.
  func declaredType(orOf index: Int) throws(ShapeError) -> DataType {
    guard let type = declaredOutputs.first??.tensorType?.dataType else {
      return try dataType(index)
    }
    return type
  }
}
