// Elementwise arithmetic of two or more operands.

import ModelGraph

extension OperatorDefinition {
  static let arithmetic: [OperatorDefinition] = [add, multiply]

  /// The sum, `a + b`.
  ///
  /// Neither gradient reads a forward value.
  public static let add = OperatorDefinition(
    "Add",
    shape: .broadcast,
    gradients: [.of(0), .of(1)],
    overwrites: [0, 1],
    work: .perOutputElement(1),
    example: .float32([2, 3], [3], gives: [2, 3]))

  /// The elementwise product, `a * b`.
  ///
  /// Each gradient reads the other factor.
  public static let multiply = OperatorDefinition(
    "Mul",
    shape: .broadcast,
    gradients: [.of(0, reads: .input(1)), .of(1, reads: .input(0))],
    overwrites: [0, 1],
    work: .perOutputElement(1),
    example: .float32([2, 3], [3], gives: [2, 3]))
}
