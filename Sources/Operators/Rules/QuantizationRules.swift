import ModelGraph

extension ShapeRule {
  /// The input's shape in the type of the zero point, or the one asked for, or `uint8`.
  static let quantization = ShapeRule.tensor { call throws(ShapeError) in
    try checkScale(call)
    let usual = call.has(2) ? try call.dataType(2) : .uint8
    return TensorType(
      try call.elementType("output_dtype", default: usual), try call.shape(0))
  }

  /// The input's shape in the type of the scale, or the one asked for.
  static let dequantization = ShapeRule.tensor { call throws(ShapeError) in
    try checkScale(call)
    return TensorType(
      try call.elementType("output_dtype", default: try call.dataType(1)), try call.shape(0))
  }

  static let dynamicQuantization = ShapeRule { call throws(ShapeError) in
    let shape = try call.shape(0)
    return Array(
      [ValueType.tensor(.uint8, shape), .tensor(.float32, []), .tensor(.uint8, [])]
        .prefix(max(1, call.outputCount)))
  }

  /// The first input's shape in the type of the zero point of the result.
  static func quantized(like input: Int = 0, zeroPoint: Int) -> ShapeRule {
    .tensor { call throws(ShapeError) in
      let usual = try call.tensor(input)
      return TensorType(
        call.has(zeroPoint) ? try call.dataType(zeroPoint) : usual.dataType, usual.shape)
    }
  }

  /// Two operands, each followed by its scale and zero point, that broadcast.
  static let quantizedBroadcast = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(
      try call.dataType(0), try broadcastShape(try call.shape(0), try call.shape(3)))
  }

  /// The product of integer matrices or stacks of them, in a type.
  static func integerProduct(_ type: DataType) -> ShapeRule {
    .tensor { call throws(ShapeError) in
      TensorType(type, try matrixProductShape(try call.shape(0), try call.shape(1)))
    }
  }

  /// The product of operands 0 and 3 in the type of the zero point of the result.
  static let quantizedProduct = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(
      try call.dataType(7), try matrixProductShape(try call.shape(0), try call.shape(3)))
  }

  /// A convolution with a weight at a position, in a type that the call tells.
  static func convolution(
    weightInput: Int, type: @escaping @Sendable (OperatorCall) throws(ShapeError) -> DataType
  ) -> ShapeRule {
    .tensor { call throws(ShapeError) in
      let shape = try convolutionType(call, weightInput: weightInput).shape
      return TensorType(try type(call), shape)
    }
  }
}

/// Checks that blocks of an axis have one scale each.
private func checkScale(_ call: OperatorCall) throws(ShapeError) {
  let block = call.attributes.integer("block_size") ?? 0
  guard block > 0 else { return }
  let input = try call.shape(0)
  let scale = try call.shape(1)
  let axis = try call.axis(default: 1, rank: input.count)
  guard scale.count == input.count, input[axis].dividedRoundingUp(by: block) == scale[axis] else {
    throw .incompatible(
      rule: "one scale for each \(block) elements of axis \(axis)", shapes: [input, scale])
  }
}

extension OperatorName {
  /// An operator of ONNX Runtime's own set.
  static func contributed(_ name: String) -> OperatorName {
    OperatorName(name, domain: "com.microsoft")
  }
}
