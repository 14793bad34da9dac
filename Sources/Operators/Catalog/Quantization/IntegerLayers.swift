// Layers on integers, as ONNX defines them.

import ModelGraph

extension OperatorDefinition {
  static let integerLayers: [OperatorDefinition] = [
    integerConvolution, quantizedConvolution, integerMatrixProduct, quantizedMatrixProduct,
  ]

  /// A convolution of 8-bit integers that adds up in 32 bits.
  public static let integerConvolution = OperatorDefinition(
    "ConvInteger",
    shape: .convolution(weightInput: 1) { _ throws(ShapeError) in .int32 },
    work: .convolution,
    layer: .convolution,
    example: Example(
      OperatorCall([.tensor(.uint8, [1, 3, 224, 224]), .tensor(.uint8, [64, 3, 7, 7])]),
      [.tensor(.int32, [1, 64, 218, 218])]))

  /// A convolution of quantised numbers, with a scale and zero point for each operand.
  public static let quantizedConvolution = OperatorDefinition(
    "QLinearConv",
    shape: .convolution(weightInput: 3) { call throws(ShapeError) in try call.dataType(7) },
    work: .convolution(weightInput: 3),
    layer: .convolution,
    example: Example(
      OperatorCall([
        .tensor(.uint8, [1, 3, 224, 224]), .tensor(.float32, []), .tensor(.uint8, []),
        .tensor(.int8, [64, 3, 7, 7]), .tensor(.float32, [64]), .tensor(.int8, [64]),
        .tensor(.float32, []), .tensor(.uint8, []),
      ]),
      [.tensor(.uint8, [1, 64, 218, 218])]))

  /// A product of 8-bit integer matrices that adds up in 32 bits.
  public static let integerMatrixProduct = OperatorDefinition(
    "MatMulInteger",
    shape: .integerProduct(.int32),
    work: .matrixProduct,
    layer: .always(.linear),
    example: Example(
      OperatorCall([.tensor(.uint8, [128, 768]), .tensor(.int8, [768, 3072])]),
      [.tensor(.int32, [128, 3072])]))

  /// A product of quantised matrices, with a scale and zero point for each operand.
  public static let quantizedMatrixProduct = OperatorDefinition(
    "QLinearMatMul",
    shape: .quantizedProduct,
    work: .matrixProduct,
    layer: .always(.linear),
    example: Example(
      OperatorCall([
        .tensor(.uint8, [128, 768]), .tensor(.float32, []), .tensor(.uint8, []),
        .tensor(.int8, [768, 3072]), .tensor(.float32, []), .tensor(.int8, []),
        .tensor(.float32, []), .tensor(.uint8, []),
      ]),
      [.tensor(.uint8, [128, 3072])]))
}
