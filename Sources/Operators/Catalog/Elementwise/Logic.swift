// Logic of booleans and of the bits of integers, without gradients.

import ModelGraph

extension OperatorDefinition {
  static let logic: [OperatorDefinition] = [
    and, or, xor, not, bitwiseAnd, bitwiseOr, bitwiseXor, bitwiseNot, bitShift,
  ]

  public static let and = binary("And", .bool, .conjunction, shape: .comparison)
  public static let or = binary("Or", .bool, .disjunction, shape: .comparison)
  public static let xor = binary("Xor", .bool, .exclusion, shape: .comparison)
  public static let not = unary("Not", .bool, .logicalNegation, shape: .predicate)
  public static let bitwiseAnd = binary("BitwiseAnd", .int32, .conjunction)
  public static let bitwiseOr = binary("BitwiseOr", .int32, .disjunction)
  public static let bitwiseXor = binary("BitwiseXor", .int32, .exclusion)
  public static let bitwiseNot = unary("BitwiseNot", .int32, .bitwiseNegation)

  /// Moves the bits of each element to the left or right.
  public static let bitShift = binary("BitShift", .uint8, nil)

  private static func binary(
    _ name: OperatorName, _ type: DataType, _ evaluation: Evaluation?,
    shape: ShapeRule = .broadcast
  ) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: shape,
      evaluation: evaluation,
      overwrites: [0, 1],
      work: .perOutputElement(1),
      example: Example(
        OperatorCall([.tensor(type, [2, 3]), .tensor(type, [3])]), [.tensor(type, [2, 3])]))
  }

  private static func unary(
    _ name: OperatorName, _ type: DataType, _ evaluation: Evaluation?,
    shape: ShapeRule = .sameAsInput
  ) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: shape,
      evaluation: evaluation,
      overwrites: [0],
      work: .perOutputElement(1),
      example: Example(OperatorCall([.tensor(type, [2, 3])]), [.tensor(type, [2, 3])]))
  }
}
