// Parts of a tensor that others are written over.

import ModelGraph

extension OperatorDefinition {
  static let pyTorchUpdates: [OperatorDefinition] = [partUpdate]

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
}
