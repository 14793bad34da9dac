// Operators that cut tensors and put them together.

import ModelGraph

extension OperatorDefinition {
  static let slicing: [OperatorDefinition] = [
    slice, split, concatenate, pad, centerCropPad, triangle,
  ]

  /// Every so many elements between two indices, along some axes.
  public static let slice = OperatorDefinition(
    "Slice",
    shape: .slice,
    evaluation: .slice,
    gradients: [.of(0)],
    stridedAliases: [.firstOfFirst],
    example: Example(
      OperatorCall(
        [
          .tensor(.float32, [20, 10]), .tensor(.int64, [1]), .tensor(.int64, [1]),
          .tensor(.int64, [1]), .tensor(.int64, [1]),
        ],
        values: [nil, TensorValue([-1]), TensorValue([.min]), TensorValue([1]), TensorValue([-3])]),
      [.tensor(.float32, [20, 4])]))

  /// Parts along an axis.
  public static let split = OperatorDefinition(
    "Split",
    shape: .split,
    evaluation: .split,
    gradients: [.of(0)],
    stridedAliases: (0..<64).map { Alias(output: $0, of: 0) },
    training: .chunking,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [7, 2])], attributes: ["num_outputs": .integer(3)], outputCount: 3),
      [.tensor(.float32, [3, 2]), .tensor(.float32, [3, 2]), .tensor(.float32, [1, 2])]))

  /// Tensors joined along an axis.
  public static let concatenate = OperatorDefinition(
    "Concat",
    shape: .concatenation,
    evaluation: .concatenation,
    gradients: Gradient.ofAll { _ in [] },
    training: .concatenation,
    example: .float32(
      [2, 3], [2, 5], attributes: ["axis": .integer(-1)], gives: [2, 8]))

  /// Elements put around, or cut off where an amount is negative.
  public static let pad = OperatorDefinition(
    "Pad",
    shape: .pad,
    evaluation: .pad,
    gradients: [.of(0)],
    training: .padding,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [3, 4]), .tensor(.int64, [4])],
        values: [nil, TensorValue([0, 1, 2, -1])]),
      [.tensor(.float32, [5, 4])]))

  /// Axes cut or padded at both ends to stated sizes.
  public static let centerCropPad = OperatorDefinition(
    "CenterCropPad",
    shape: .centerCropPad,
    gradients: [.of(0)],
    example: Example(
      OperatorCall(
        [.tensor(.float32, [20, 8, 3]), .tensor(.int64, [2])],
        values: [nil, TensorValue([10, 9])], attributes: ["axes": .integers([0, 1])]),
      [.tensor(.float32, [10, 9, 3])]))

  /// The part of matrices above or below a diagonal, zero elsewhere.
  public static let triangle = OperatorDefinition(
    "Trilu",
    shape: .sameAsInput,
    gradients: [.of(0)],
    overwrites: [0],
    example: .float32([2, 4, 4], gives: [2, 4, 4]))
}
