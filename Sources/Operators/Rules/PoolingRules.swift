import ModelGraph

extension ShapeRule {
  /// A window slides over the spatial axes of `[N, C, …]`.
  static let pooling = ShapeRule.tensor { call throws(ShapeError) in try pooledType(call) }

  /// Like ``pooling``, with the positions of the maxima as second output.
  static let maxPooling = ShapeRule { call throws(ShapeError) in
    let type = try pooledType(call)
    return Array(
      [ValueType.tensor(type), .tensor(.int64, type.shape)].prefix(max(1, call.outputCount)))
  }

  /// Every spatial axis of `[N, C, …]` becomes 1.
  static let globalPooling = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    guard type.rank >= 2 else {
      throw .rank(input: 0, expected: "rank 2 or more", found: type.shape)
    }
    type.shape = type.shape.prefix(2) + Array(repeating: 1, count: type.rank - 2)
    return type
  }
}

func pooledType(_ call: OperatorCall) throws(ShapeError) -> TensorType {
  var type = try call.tensor(0)
  guard type.rank >= 3 else {
    throw .rank(input: 0, expected: "at least one spatial axis", found: type.shape)
  }
  guard call.attributes.integers("kernel_shape") != nil else {
    throw .missingAttribute("kernel_shape")
  }
  let kernel = try call.integers("kernel_shape", count: type.rank - 2, default: 1, atLeast: 1)
  let sizes = try Window(call, kernel: kernel).outputSizes(Array(type.shape.dropFirst(2)))
  type.shape = type.shape.prefix(2) + sizes
  return type
}

extension WorkRule {
  /// Each output element reads every element of its window.
  static let pooling = WorkRule { call, outputs in
    let window = Shape(call.attributes.integers("kernel_shape") ?? []).elementCount
    return Work(
      elementwise: saturatingProduct(outputs.first?.elementCount ?? 0, max(0, window)))
  }
}
