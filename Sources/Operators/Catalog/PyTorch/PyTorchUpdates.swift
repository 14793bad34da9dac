// Parts of a tensor that others are written over.

import ModelGraph

extension OperatorDefinition {
  static let pyTorchUpdates: [OperatorDefinition] = [partUpdate, indexedUpdate]

  /// The first operand with the second written over a part of it, which is a view of the attribute
  /// `shape`; over all of it without the attribute.
  ///
  /// `x[:, t] = y` in Python. <https://docs.pytorch.org/docs/stable/generated/torch.Tensor.copy_.html>
  public static let partUpdate = OperatorDefinition(
    "PartUpdate",
    shape: .sameAsInput,
    gradients: [.of(0), .of(1)],
    aliases: [.firstOfFirst],
    training: .partUpdate,
    example: .float32(
      [2, 64, 256], [2, 256], attributes: ["shape": .integers([2, 256])], gives: [2, 64, 256]))

  /// The first operand with the second written over the rows that the others name, of the shape of the
  /// attribute `shape`; the second's own without it.
  ///
  /// `x[places] = y` in Python. <https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_put_.html>
  public static let indexedUpdate = OperatorDefinition(
    "IndexedUpdate",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(2)), .of(1, reads: .input(2))],
    aliases: [.firstOfFirst],
    training: .indexedUpdate,
    example: Example(
      OperatorCall([
        .tensor(.float32, [30, 70]), .tensor(.float32, [9, 70]), .tensor(.int64, [9]),
      ]),
      [.tensor(.float32, [30, 70])]))
}
