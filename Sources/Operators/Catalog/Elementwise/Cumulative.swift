// Sums and products of all elements up to each along an axis.

import ModelGraph

extension OperatorDefinition {
  static let cumulative: [OperatorDefinition] = [cumulativeSum, cumulativeProduct]

  public static let cumulativeSum = OperatorDefinition(
    "CumSum",
    shape: .sameAsInput,
    evaluation: .cumulativeSum,
    gradients: [.of(0)],
    work: .perOutputElement(1),
    training: .cumulativeSum,
    example: Example(
      OperatorCall([.tensor(.float32, [2, 3]), .tensor(.int64, [])]),
      [.tensor(.float32, [2, 3])]))

  public static let cumulativeProduct = OperatorDefinition(
    "CumProd",
    shape: .sameAsInput,
    evaluation: .cumulativeProduct,
    gradients: [.of(0, reads: .input(0), .output(0))],
    work: .perOutputElement(1),
    training: .cumulativeProduct,
    example: Example(
      OperatorCall([.tensor(.float32, [2, 3]), .tensor(.int64, [])]),
      [.tensor(.float32, [2, 3])]))
}
