// Operators that change the shape and leave the elements where they are.

import ModelGraph

extension OperatorDefinition {
  static let reshaping: [OperatorDefinition] = [reshape, flatten, squeeze, unsqueeze, identity]

  /// The same elements in a stated shape.
  public static let reshape = OperatorDefinition(
    "Reshape",
    shape: .reshape,
    evaluation: .sameElements,
    gradients: [.of(0)],
    aliases: [.firstOfFirst],
    frozenSizes: .reshape,
    training: .reshaping,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [2, 3, 4]), .tensor(.int64, [2])], values: [nil, TensorValue([0, -1])]),
      [.tensor(.float32, [2, 12])]))

  /// The same elements as a matrix.
  public static let flatten = OperatorDefinition(
    "Flatten",
    shape: .flatten,
    evaluation: .sameElements,
    gradients: [.of(0)],
    aliases: [.firstOfFirst],
    training: .reshaping,
    example: .float32([2, 512, 7, 7], gives: [2, 25_088]))

  /// Without axes of size 1.
  public static let squeeze = OperatorDefinition(
    "Squeeze",
    shape: .squeeze,
    evaluation: .sameElements,
    gradients: [.of(0)],
    aliases: [.firstOfFirst],
    training: .reshaping,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [1, 3, 1]), .tensor(.int64, [1])], values: [nil, TensorValue([-1])]),
      [.tensor(.float32, [1, 3])]))

  /// With more axes of size 1.
  public static let unsqueeze = OperatorDefinition(
    "Unsqueeze",
    shape: .unsqueeze,
    evaluation: .sameElements,
    gradients: [.of(0)],
    aliases: [.firstOfFirst],
    training: .reshaping,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [3, 4]), .tensor(.int64, [2])], values: [nil, TensorValue([0, 3])]),
      [.tensor(.float32, [1, 3, 4, 1])]))

  /// The input itself, which may be a sequence or an optional.
  public static let identity = OperatorDefinition(
    "Identity",
    shape: .identity,
    evaluation: .sameElements,
    gradients: [.of(0)],
    aliases: [.firstOfFirst],
    example: .float32([2, 3], gives: [2, 3]))
}
