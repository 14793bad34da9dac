// Comparisons and predicates: booleans, without gradients.

import ModelGraph

extension OperatorDefinition {
  static let comparisons: [OperatorDefinition] = [
    equal, less, lessOrEqual, greater, greaterOrEqual, isNaN, isInf,
  ]

  public static let equal = comparison("Equal", .equality)
  public static let less = comparison("Less", .less)
  public static let lessOrEqual = comparison("LessOrEqual", .lessOrEqual)
  public static let greater = comparison("Greater", .greater)
  public static let greaterOrEqual = comparison("GreaterOrEqual", .greaterOrEqual)

  /// Whether each element is not a number.
  public static let isNaN = predicate("IsNaN")

  /// Whether each element is infinite.
  public static let isInf = predicate("IsInf")

  private static func comparison(
    _ name: OperatorName, _ evaluation: Evaluation
  ) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: .comparison,
      evaluation: evaluation,
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
