// Functions of quantised numbers, of ONNX Runtime's own set.

import ModelGraph

extension OperatorDefinition {
  static let quantizedElementwise: [OperatorDefinition] = [
    quantizedAdd, quantizedMultiply, quantizedSigmoid, quantizedLeakyRelu, quantizedSoftmax,
    quantizedAveragePool, quantizedGlobalAveragePool, quantizedConcat, quantizedWhere,
    quantizedReduceMean,
  ]

  public static let quantizedAdd = binary("QLinearAdd")
  public static let quantizedMultiply = binary("QLinearMul")
  public static let quantizedSigmoid = unary("QLinearSigmoid", operations: 5)
  public static let quantizedLeakyRelu = unary("QLinearLeakyRelu", operations: 4)
  public static let quantizedSoftmax = unary("QLinearSoftmax", operations: 7)

  public static let quantizedAveragePool = OperatorDefinition(
    .contributed("QLinearAveragePool"),
    shape: .eitherLayout { call throws(ShapeError) in try pooledType(call) },
    work: .pooling,
    example: Example(
      OperatorCall(
        [.tensor(.uint8, [1, 64, 56, 56]), .tensor(.float32, []), .tensor(.uint8, [])],
        attributes: ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])]),
      [.tensor(.uint8, [1, 64, 28, 28])]))

  public static let quantizedGlobalAveragePool = OperatorDefinition(
    .contributed("QLinearGlobalAveragePool"),
    shape: .eitherLayout { call throws(ShapeError) in
      let input = try call.tensor(0)
      return TensorType(
        input.dataType, input.shape.prefix(2) + input.shape.dropFirst(2).map { _ in 1 })
    },
    work: .perInputElement(1),
    example: Example(
      OperatorCall([.tensor(.uint8, [1, 512, 7, 7])]), [.tensor(.uint8, [1, 512, 1, 1])]))

  /// Tensors side by side, each followed by its scale and zero point.
  public static let quantizedConcat = OperatorDefinition(
    .contributed("QLinearConcat"),
    shape: .quantizedConcatenation,
    work: .perOutputElement(3),
    example: Example(
      OperatorCall(
        [
          .tensor(.float32, []), .tensor(.uint8, []),
          .tensor(.uint8, [1, 64, 28, 28]), .tensor(.float32, []), .tensor(.uint8, []),
          .tensor(.uint8, [1, 32, 28, 28]), .tensor(.float32, []), .tensor(.uint8, []),
        ], attributes: ["axis": .integer(1)]),
      [.tensor(.uint8, [1, 96, 28, 28])]))

  /// Elements of one of two tensors, as a condition says.
  public static let quantizedWhere = OperatorDefinition(
    .contributed("QLinearWhere"),
    shape: ShapeRule.tensor { call throws(ShapeError) in
      let operands = try broadcastShape(try call.shape(1), try call.shape(4))
      return TensorType(try call.dataType(1), try broadcastShape(try call.shape(0), operands))
    },
    work: .perOutputElement(3),
    example: Example(
      OperatorCall([
        .tensor(.bool, [2, 3]), .tensor(.uint8, [2, 3]), .tensor(.float32, []),
        .tensor(.uint8, []), .tensor(.uint8, [3]), .tensor(.float32, []), .tensor(.uint8, []),
        .tensor(.float32, []), .tensor(.uint8, []),
      ]),
      [.tensor(.uint8, [2, 3])]))

  public static let quantizedReduceMean = OperatorDefinition(
    .contributed("QLinearReduceMean"),
    shape: ShapeRule { call throws(ShapeError) in
      var first = call
      first.inputs = Array(call.inputs.prefix(1))
      return try ShapeRule.reduction(first)
    },
    work: .perInputElement(2),
    example: Example(
      OperatorCall(
        [.tensor(.uint8, [1, 512, 7, 7]), .tensor(.float32, [])],
        attributes: ["axes": .integers([2, 3])]),
      [.tensor(.uint8, [1, 512, 1, 1])]))

  private static func binary(_ name: String) -> OperatorDefinition {
    OperatorDefinition(
      .contributed(name),
      shape: .quantizedBroadcast,
      overwrites: [0, 3],
      work: .perOutputElement(4),
      example: Example(
        OperatorCall([
          .tensor(.uint8, [1, 64, 56, 56]), .tensor(.float32, []), .tensor(.uint8, []),
          .tensor(.uint8, [64, 1, 1]), .tensor(.float32, []), .tensor(.uint8, []),
          .tensor(.float32, []), .tensor(.uint8, []),
        ]),
        [.tensor(.uint8, [1, 64, 56, 56])]))
  }

  private static func unary(_ name: String, operations: Int) -> OperatorDefinition {
    OperatorDefinition(
      .contributed(name),
      shape: .quantized(zeroPoint: 4),
      overwrites: [0],
      work: .perOutputElement(operations),
      example: Example(
        OperatorCall([
          .tensor(.uint8, [2, 3]), .tensor(.float32, []), .tensor(.uint8, []),
          .tensor(.float32, []), .tensor(.uint8, []),
        ]),
        [.tensor(.uint8, [2, 3])]))
  }
}

extension ShapeRule {
  /// A rule for `[N, C, …]`, or for `[N, …, C]` with the attribute `channels_last`.
  fileprivate static func eitherLayout(
    _ rule: @escaping @Sendable (OperatorCall) throws(ShapeError) -> TensorType
  ) -> ShapeRule {
    ShapeRule { call throws(ShapeError) in
      try (call.attributes.flag("channels_last") ? channelsLast(rule) : tensor(rule))(call)
    }
  }

  fileprivate static let quantizedConcatenation = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(2)
    let axis = try call.axis(default: 0, rank: type.rank)
    for index in stride(from: 5, to: call.inputs.count, by: 3) {
      let next = try call.shape(index)
      guard next.count == type.rank,
        next.indices.allSatisfy({ $0 == axis || next[$0] == type.shape[$0] })
      else {
        throw .incompatible(
          rule: "shapes differ elsewhere than on axis \(axis)", shapes: [type.shape, next])
      }
      type.shape[axis] = try type.shape[axis].plus(next[axis])
    }
    return TensorType(try call.dataType(1), type.shape)
  }
}
