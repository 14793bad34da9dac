// Products of matrices and of stacks of matrices.

import ModelGraph

extension OperatorDefinition {
  static let matrixProducts: [OperatorDefinition] = [matrixProduct, generalMatrixProduct]

  /// The product of matrices, or of stacks of them, with broadcasting.
  public static let matrixProduct = OperatorDefinition(
    "MatMul",
    shape: .matrixProduct,
    gradients: [.of(0, reads: .input(1)), .of(1, reads: .input(0))],
    work: .matrixProduct,
    training: .matrixProduct,
    layer: .always(.linear),
    example: .float32([2, 12, 128, 64], [2, 12, 64, 128], gives: [2, 12, 128, 128]))

  /// `alpha · A · B + beta · C`, where `A` and `B` may be transposed: the linear layer.
  public static let generalMatrixProduct = OperatorDefinition(
    "Gemm",
    shape: .generalMatrixProduct,
    gradients: [.of(0, reads: .input(1)), .of(1, reads: .input(0)), .of(2)],
    work: .generalMatrixProduct,
    training: .generalMatrixProduct,
    layer: .always(.linear),
    example: .float32(
      [32, 2048], [1000, 2048], [1000], attributes: ["transB": .integer(1)], gives: [32, 1000]))
}
