// Normalisations by a norm, and by mean and variance without weights.

import ModelGraph

extension OperatorDefinition {
  static let furtherNormalizations: [OperatorDefinition] = [
    rootMeanSquareNormalization, simplifiedLayerNormalization, lpNormalization,
    meanVarianceNormalization,
  ]

  /// Divides each row by its root mean square.
  ///
  /// <https://arxiv.org/abs/1910.07467>
  public static let rootMeanSquareNormalization = rootMeanSquare("RMSNormalization")

  /// The name that ONNX Runtime's tools give to `RMSNormalization`.
  public static let simplifiedLayerNormalization = rootMeanSquare("SimplifiedLayerNormalization")

  /// Divides by the p-norm along an axis.
  ///
  /// PyTorch keeps the norm twice: as it came out, and with a lower bound.
  public static let lpNormalization = OperatorDefinition(
    "LpNormalization",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(0), .auxiliary(0), .auxiliary(1))],
    auxiliaries: [.normAlongAxis("norm"), .normAlongAxis("bounded norm")],
    work: .perOutputElement(3),
    layer: .always(.normalization),
    example: .float32([2, 128, 768], gives: [2, 128, 768]))

  /// Subtracts the mean and divides by the deviation over `axes`.
  ///
  /// PyTorch has no such operator; composed, the centred input and the output are kept.
  public static let meanVarianceNormalization = OperatorDefinition(
    "MeanVarianceNormalization",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .auxiliary(0), .output(0))],
    auxiliaries: [.likeInput("centred input")],
    work: .perOutputElement(6),
    layer: .always(.normalization),
    example: .float32([2, 64, 56, 56], gives: [2, 64, 56, 56]))

  private static func rootMeanSquare(_ name: OperatorName) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: .rootMeanSquareNormalization,
      gradients: [
        .of(0, reads: .input(0), .input(1), .auxiliary(0), .output(1)),
        .of(1, reads: .input(0), .auxiliary(0), .output(1)),
      ],
      auxiliaries: [.perRow("inverse root mean square", unlessOutput: 1)],
      work: .perOutputElement(4),
      training: .rootMeanSquareNormalization,
      layer: .always(.normalization),
      example: .float32([2, 128, 2048], [2048], gives: [2, 128, 2048]))
  }
}

extension ShapeRule {
  /// The input's shape in the scale's type; the statistic of each row as second output.
  static let rootMeanSquareNormalization = ShapeRule { call throws(ShapeError) in
    let type = TensorType(
      call.has(1) ? try call.dataType(1) : try call.dataType(0), try call.shape(0))
    let statistic = try rowStatistics(call)
    return Array([.tensor(type), .tensor(statistic)].prefix(max(1, call.outputCount)))
  }
}

extension Auxiliary {
  /// A tensor like the input with one number along `axis`.
  fileprivate static func normAlongAxis(_ name: String) -> Auxiliary {
    Auxiliary(name) { call in
      guard let input = try? call.tensor(0),
        let axis = try? call.axis(default: -1, rank: input.rank)
      else { return nil }
      let shape = reducedShape(input.shape, axes: [axis], keepsAxes: true)
      return TensorType(input.dataType, shape)
    }
  }
}
