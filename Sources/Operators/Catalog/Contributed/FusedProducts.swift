// Convolutions and matrix products that ONNX Runtime fuses with what follows.

import ModelGraph

extension OperatorDefinition {
  static let fusedProducts: [OperatorDefinition] = [
    fusedConvolution, fusedGemm, fusedMatMul, transposeMatMul, fusedMatMulActivation,
    convolutionChannelsLast, fusedConvolutionChannelsLast, maxPoolChannelsLast,
    mixtureOfExperts, quantizedMixtureOfExperts,
  ]

  /// Convolution, sum and activation.
  public static let fusedConvolution = OperatorDefinition(
    .contributed("FusedConv"),
    shape: .convolution,
    gradients: [
      .of(0, reads: .input(1), .output(0)), .of(1, reads: .input(0), .output(0)), .of(2),
    ],
    work: .convolution,
    layer: .convolution,
    example: .float32([1, 3, 224, 224], [64, 3, 7, 7], gives: [1, 64, 218, 218]))

  /// Linear layer and activation.
  public static let fusedGemm = OperatorDefinition(
    .contributed("FusedGemm"),
    shape: .generalMatrixProduct,
    gradients: [
      .of(0, reads: .input(1), .output(0)), .of(1, reads: .input(0), .output(0)), .of(2),
    ],
    work: .generalMatrixProduct,
    layer: .always(.linear),
    example: .float32(
      [32, 2048], [1000, 2048], attributes: ["transB": .integer(1)], gives: [32, 1000]))

  /// The product of matrices, either transposed, times a factor.
  public static let fusedMatMul = transposable("FusedMatMul")
  public static let transposeMatMul = transposable("TransposeMatMul")
  public static let fusedMatMulActivation = transposable("FusedMatMulActivation")

  /// Convolution of `[N, …, C]`.
  public static let convolutionChannelsLast = channelsLast("NhwcConv")
  public static let fusedConvolutionChannelsLast = channelsLast("NhwcFusedConv")

  public static let maxPoolChannelsLast = OperatorDefinition(
    .contributed("NhwcMaxPool"),
    shape: .channelsLast { call throws(ShapeError) in try pooledType(call) },
    work: .pooling,
    example: Example(
      OperatorCall(
        [.tensor(.uint8, [1, 56, 56, 64])],
        attributes: ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])]),
      [.tensor(.uint8, [1, 28, 28, 64])]))

  /// Each row goes to the experts that its router chooses.
  ///
  /// <https://arxiv.org/abs/1701.06538>
  public static let mixtureOfExperts = experts("MoE", weights: [2, 4, 6])
  public static let quantizedMixtureOfExperts = experts("QMoE", weights: [2, 5, 8])

  private static func transposable(_ name: String) -> OperatorDefinition {
    OperatorDefinition(
      .contributed(name),
      shape: .transposableProduct,
      gradients: [.of(0, reads: .input(1)), .of(1, reads: .input(0))],
      work: .transposableProduct,
      layer: .always(.linear),
      example: .float32(
        [2, 12, 128, 64], [2, 12, 128, 64], attributes: ["transB": .integer(1)],
        gives: [2, 12, 128, 128]))
  }

  private static func channelsLast(_ name: String) -> OperatorDefinition {
    OperatorDefinition(
      .contributed(name),
      shape: .channelsLast { call throws(ShapeError) in
        try convolutionType(call, weightInput: 1)
      },
      work: .convolution,
      layer: .convolution,
      example: .float32([1, 224, 224, 3], [64, 3, 7, 7], gives: [1, 218, 218, 64]))
  }

  private static func experts(_ name: String, weights: [Int]) -> OperatorDefinition {
    OperatorDefinition(
      .contributed(name),
      shape: .sameAsInput,
      work: .experts(weights: weights),
      layer: .always(.linear),
      example: .float32([128, 768], [128, 8], gives: [128, 768]))
  }
}

extension ShapeRule {
  /// A rule for `[N, C, …]` applied to `[N, …, C]`, whose further operands stay as they are.
  static func channelsLast(
    _ rule: @escaping @Sendable (OperatorCall) throws(ShapeError) -> TensorType
  ) -> ShapeRule {
    .tensor { call throws(ShapeError) in
      let input = try call.tensor(0)
      guard input.rank >= 3, let channels = input.shape.last else {
        throw .rank(input: 0, expected: "rank 3", found: input.shape)
      }
      var turned = call
      turned.inputs[0] = .tensor(
        input.dataType, [input.shape[0], channels] + input.shape.dropFirst().dropLast())
      let output = try rule(turned)
      return TensorType(
        output.dataType, [output.shape[0]] + output.shape.dropFirst(2) + [output.shape[1]])
    }
  }

  fileprivate static let transposableProduct = ShapeRule.tensor { call throws(ShapeError) in
    let a = try operand(call, 0, suffix: "A")
    let b = try operand(call, 1, suffix: "B")
    return TensorType(try call.dataType(0), try matrixProductShape(a, b))
  }

  /// An operand with its last axes swapped, and its first axis moved before the last, if asked.
  fileprivate static func operand(
    _ call: OperatorCall, _ index: Int, suffix: String
  ) throws(ShapeError) -> Shape {
    var shape = try call.shape(index)
    if call.attributes.flag("transBatch\(suffix)"), shape.count >= 3 {
      shape.insert(shape.removeFirst(), at: shape.count - 1)
    }
    if call.attributes.flag("trans\(suffix)"), shape.count >= 2 {
      shape.swapAt(shape.count - 1, shape.count - 2)
    }
    return shape
  }
}

extension WorkRule {
  fileprivate static let transposableProduct = WorkRule { call, outputs in
    let depth = (try? ShapeRule.operand(call, 0, suffix: "A"))?.last ?? 0
    return Work(multiplyAccumulates: saturatingProduct(outputs.first?.elementCount ?? 0, depth))
  }

  /// Each row is multiplied with the weights of `k` of the experts.
  ///
  /// A packed weight `[experts, in, out]` is taken at its logical size, told by the input's width.
  fileprivate static func experts(weights: [Int]) -> WorkRule {
    WorkRule { call, _ in
      guard let input = try? call.shape(0), let width = input.last, width > 0 else { return .zero }
      let chosen = max(1, call.attributes.integer("k") ?? 1)
      let rows = Shape(input.dropLast()).elementCount
      let products = weights.reduce(0) { sum, index in
        guard let weight = try? call.shape(index), weight.count == 3 else { return sum }
        let bits = max(1, call.attributes.integer("expert_weight_bits") ?? 8)
        let isPacked = (try? call.dataType(index)) == .uint8
        let elements = saturatingProduct(weight[1], weight[2], isPacked ? max(1, 8 / bits) : 1)
        return saturatingSum(sum, elements)
      }
      return Work(multiplyAccumulates: saturatingProduct(rows, chosen, products))
    }
  }
}
