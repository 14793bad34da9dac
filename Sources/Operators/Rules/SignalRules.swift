import ModelGraph

extension ShapeRule {
  /// The transformed axis gets the length of the transform, or its non-redundant half.
  ///
  /// The axis is an attribute (1) before version 20, then an input (−2).
  static let fourierTransform = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    guard type.rank >= 2 else { throw .rank(input: 0, expected: "rank 2", found: type.shape) }
    let stated =
      call.version < 20
      ? call.attributes.integer("axis") ?? 1 : try call.integer(2) ?? -2
    let axis = try OperatorCall.axis(stated, rank: type.rank)
    let isOneSided = call.attributes.flag("onesided")
    let isInverse = call.attributes.flag("inverse")
    let full =
      isOneSided && isInverse
      ? try type.shape[axis].minus(1).times(2) : type.shape[axis]
    let length = try call.integer(1) ?? full
    type.shape[axis] = isOneSided && !isInverse ? try (length / 2).plus(1) : length
    type.shape[type.rank - 1] = isOneSided && isInverse ? 1 : 2
    return type
  }

  /// A signal `[N, length, 1 or 2]` gives `[N, frames, frequencies, 2]`.
  static let shortTimeFourierTransform = ShapeRule.tensor { call throws(ShapeError) in
    let signal = try call.tensor(0)
    guard signal.rank >= 2 else { throw .rank(input: 0, expected: "rank 3", found: signal.shape) }
    let step = try call.integer(1) ?? 1
    let window = call.has(2) ? try call.shape(2).first : nil
    let frame = try call.integer(3) ?? window ?? signal.shape[1]
    let frames = try windowOutputSize(input: signal.shape[1], kernel: frame, stride: step)
    let isOneSided = call.attributes.integer("onesided") != 0
    return TensorType(
      signal.dataType, [signal.shape[0], frames, isOneSided ? frame / 2 + 1 : frame, 2])
  }

  /// A vector as long as the scalar input says.
  static let signalWindow = ShapeRule.tensor { call throws(ShapeError) in
    guard let size = try call.integer(0) else { throw .missingInput(0) }
    return TensorType(try call.elementType("output_datatype", default: .float32), [size])
  }

  /// One row for each frequency of the transform, one column for each bin.
  static let melWeightMatrix = ShapeRule.tensor { call throws(ShapeError) in
    guard let bins = try call.integer(0) else { throw .missingInput(0) }
    guard let length = try call.integer(1) else { throw .missingInput(1) }
    let type = try call.elementType("output_datatype", default: .float32)
    return TensorType(type, [try (length / 2).plus(1), bins])
  }
}

extension WorkRule {
  /// `5 · n · log₂ n` operations for each transform of length `n`, counted on the output.
  static let fourierTransform = WorkRule { _, outputs in
    guard let shape = outputs.first?.tensorType?.shape, let longest = shape.max(), longest > 0
    else { return .zero }
    let stages = Int.bitWidth - longest.leadingZeroBitCount
    return Work(elementwise: saturatingProduct(shape.elementCount, 5, stages))
  }
}
