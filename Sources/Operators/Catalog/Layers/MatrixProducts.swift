// Products of matrices and of stacks of matrices.

import ModelGraph

extension OperatorDefinition {
  static let matrixProducts: [OperatorDefinition] = [
    matrixProduct, generalMatrixProduct, triangularSolve,
  ]

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

  /// The solutions of systems with triangular matrices (input 0), one for each column of input 1.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.linalg.solve_triangular.html>
  public static let triangularSolve = OperatorDefinition(
    "TriangularSolve",
    shape: .tensor { call throws(ShapeError) in
      let (matrix, sides) = (try call.shape(0), try call.tensor(1))
      guard matrix.count >= 2, sides.rank >= 2, matrix.last == sides.shape[sides.rank - 2],
        matrix[matrix.count - 2] == matrix.last
      else {
        throw .incompatible(rule: "the matrices are not square", shapes: [matrix, sides.shape])
      }
      return sides
    },
    gradients: [.of(0, reads: .input(0), .output(0)), .of(1, reads: .input(0))],
    work: WorkRule { call, outputs in
      let rows = call.inputs.first??.tensorType?.shape.last ?? 0
      return Work(
        multiplyAccumulates: saturatingProduct(outputs.first?.elementCount ?? 0, rows) / 2)
    },
    training: .triangularSolve,
    example: .float32([2, 4, 2, 64, 64], [2, 4, 2, 64, 32], gives: [2, 4, 2, 64, 32]))
}
