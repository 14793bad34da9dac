// Einstein's summation.

import ModelGraph

extension OperatorDefinition {
  static let einsums: [OperatorDefinition] = [einsum]

  /// Products of all operands, summed over the indices that the result does not name.
  ///
  /// <https://numpy.org/doc/stable/reference/generated/numpy.einsum.html>
  public static let einsum = OperatorDefinition(
    "Einsum",
    shape: .einsum,
    gradients: Gradient.ofAll { [.input($0 == 0 ? 1 : 0), .input($0 < 2 ? 1 - $0 : 1)] },
    work: .einsum,
    layer: .always(.linear),
    example: .float32(
      [2, 12, 128, 64], [2, 12, 128, 64], attributes: ["equation": .string("bhid,bhjd->bhij")],
      gives: [2, 12, 128, 128]))
}
