// Operators whose outputs' sizes mostly depend on what the inputs hold.

import ModelGraph

extension OperatorDefinition {
  static let selecting: [OperatorDefinition] = [topK, nonZero, unique, nonMaxSuppression]

  /// The largest or smallest elements along an axis, and where they were.
  public static let topK = OperatorDefinition(
    "TopK",
    shape: .topK,
    evaluation: .topK,
    gradients: [.of(0, reads: .output(1))],
    work: .perInputElement(8),
    example: Example(
      OperatorCall(
        [.tensor(.float32, [8, 100]), .tensor(.int64, [1])], values: [nil, TensorValue([5])],
        outputCount: 2),
      [.tensor(.float32, [8, 5]), .tensor(.int64, [8, 5])]))

  /// The indices of the elements that are not zero.
  public static let nonZero = OperatorDefinition(
    "NonZero",
    shape: .nonZero,
    evaluation: .nonZero,
    example: Example(
      OperatorCall([.tensor(.int64, [3])], values: [TensorValue([4, 0, 5])]),
      [.tensor(.int64, [1, 2])]))

  /// The distinct elements, where they first were, which one each was, and how often.
  public static let unique = OperatorDefinition(
    "Unique",
    shape: .unique,
    work: .perInputElement(8),
    example: Example(
      OperatorCall(
        [.tensor(.int64, [4])], values: [TensorValue([2, 1, 1, 3])], outputCount: 4),
      [.tensor(.int64, [3]), .tensor(.int64, [3]), .tensor(.int64, [4]), .tensor(.int64, [3])]))

  /// The boxes that overlap no better one.
  public static let nonMaxSuppression = OperatorDefinition(
    "NonMaxSuppression",
    shape: .nonMaxSuppression,
    work: .perInputElement(8),
    example: Example(
      OperatorCall(
        [
          .tensor(.float32, [1, 2, 4]), .tensor(.float32, [1, 1, 2]), .tensor(.int64, [1]),
          .tensor(.float32, [1]),
        ],
        values: [
          TensorValue(TensorType(.float32, [1, 2, 4]), .floats([0, 0, 1, 1, 0, 0, 1, 0.9])),
          TensorValue(TensorType(.float32, [1, 1, 2]), .floats([0.9, 0.8])),
          TensorValue([2]), TensorValue(TensorType(.float32, [1]), .floats([0.5])),
        ]),
      [.tensor(.int64, [1, 3])]))
}
