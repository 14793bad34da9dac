// Comparisons and predicates: booleans, without gradients.

import ModelGraph

extension OperatorDefinition {
  static let comparisons: [OperatorDefinition] = [
    equal, less, lessOrEqual, greater, greaterOrEqual, isNaN, isInf,
  ]

  public static let equal = comparison("Equal")
  public static let less = comparison("Less")
  public static let lessOrEqual = comparison("LessOrEqual")
  public static let greater = comparison("Greater")
  public static let greaterOrEqual = comparison("GreaterOrEqual")

  /// Whether each element is not a number.
  public static let isNaN = predicate("IsNaN")

  /// Whether each element is infinite.
  public static let isInf = predicate("IsInf")

  private static func comparison(_ name: OperatorName) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: .comparison,
      work: .perOutputElement(1),
      example: Example(
        OperatorCall([.tensor(.float32, [2, 3]), .tensor(.float32, [3])]),
        [.tensor(.bool, [2, 3])]))
  }

  private static func predicate(_ name: OperatorName) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: .predicate,
      work: .perOutputElement(1),
      example: Example(
        OperatorCall([.tensor(.float32, [2, 3])]), [.tensor(.bool, [2, 3])]))
  }
}
