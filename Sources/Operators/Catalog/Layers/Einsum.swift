// Einstein's summation.

import ModelGraph

extension OperatorDefinition {
  static let einsums: [OperatorDefinition] = [einsum]

  /// Products of all operands, summed over the indices that the result does not name.
  ///
  /// More than eight operands do not occur; further ones count as not differentiable.
  /// <https://numpy.org/doc/stable/reference/generated/numpy.einsum.html>
  public static let einsum = OperatorDefinition(
    "Einsum",
    shape: .einsum,
    gradients: (0..<8).map { operand in
      Gradient(input: operand, reads: Set((0..<8).filter { $0 != operand }.map(Operand.input)))
    },
    work: .einsum,
    training: .einsum,
    layer: .always(.linear),
    example: .float32(
      [2, 12, 128, 64], [2, 12, 128, 64], attributes: ["equation": .string("bhid,bhjd->bhij")],
      gives: [2, 12, 128, 128]))
}
