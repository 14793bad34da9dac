// Operators that put the same elements into another order.

import ModelGraph

extension OperatorDefinition {
  static let permuting: [OperatorDefinition] = [
    transpose, depthToSpace, spaceToDepth, reverseSequence, roll,
  ]

  /// The axes in another order.
  public static let transpose = OperatorDefinition(
    "Transpose",
    shape: .transpose,
    evaluation: .transpose,
    gradients: [.of(0)],
    stridedAliases: [.firstOfFirst],
    training: .permutation,
    example: .float32([2, 3, 4], attributes: ["perm": .integers([0, 2, 1])], gives: [2, 4, 3]))

  /// Blocks of channels laid out in space (PyTorch: pixel shuffle).
  public static let depthToSpace = OperatorDefinition(
    "DepthToSpace",
    shape: .depthToSpace,
    gradients: [.of(0)],
    example: .float32(
      [1, 8, 2, 3], attributes: ["blocksize": .integer(2)], gives: [1, 2, 4, 6]))

  /// Blocks of space laid out in channels.
  public static let spaceToDepth = OperatorDefinition(
    "SpaceToDepth",
    shape: .spaceToDepth,
    gradients: [.of(0)],
    example: .float32(
      [1, 2, 4, 6], attributes: ["blocksize": .integer(2)], gives: [1, 8, 2, 3]))

  /// The leading part of each sequence reversed, as long as its length says.
  public static let reverseSequence = OperatorDefinition(
    "ReverseSequence",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(1))],
    example: Example(
      OperatorCall([.tensor(.float32, [4, 3]), .tensor(.int64, [3])]),
      [.tensor(.float32, [4, 3])]))

  /// The elements moved along axes, those pushed out coming in at the other end.
  ///
  /// ONNX has no such operator; `torch.roll` is one, and shifted windows are made with it.
  public static let roll = OperatorDefinition(
    "Roll",
    shape: .sameAsInput,
    gradients: [.of(0)],
    example: .float32([1, 8, 8, 96], gives: [1, 8, 8, 96]))
}
