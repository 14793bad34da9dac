// Losses that compare numbers element by element with a target.

import ModelGraph

extension OperatorDefinition {
  static let elementLosses: [OperatorDefinition] = [
    squaredDifferenceLoss, absoluteDifferenceLoss, smoothDifferenceLoss, huberLoss,
    binaryCrossEntropyLoss, binaryCrossEntropyWithLogitsLoss,
  ]

  /// The squares of the differences.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html>
  public static let squaredDifferenceLoss = elementLoss(
    "SquaredDifferenceLoss", .squaredDifference)

  /// The sizes of the differences.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.L1Loss.html>
  public static let absoluteDifferenceLoss = elementLoss(
    "AbsoluteDifferenceLoss", .absoluteDifference)

  /// The squares of small differences, and the sizes of large ones.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html>
  public static let smoothDifferenceLoss = elementLoss("SmoothDifferenceLoss", .smoothDifference)

  /// The squares of small differences, and the sizes of large ones times a number.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.HuberLoss.html>
  public static let huberLoss = elementLoss("HuberLoss", .huber)

  /// The cross-entropy of each probability.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html>
  public static let binaryCrossEntropyLoss = elementLoss(
    "BinaryCrossEntropyLoss", .binaryCrossEntropy)

  /// The cross-entropy of each probability, given as a logit.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html>
  public static let binaryCrossEntropyWithLogitsLoss = elementLoss(
    "BinaryCrossEntropyWithLogitsLoss", .binaryCrossEntropyWithLogits)

  /// A loss of an output and a target of its shape; with the attribute `reduction` as `none`, one for
  /// each element.
  private static func elementLoss(
    _ name: OperatorName, _ training: TrainingRule
  ) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: .tensor { call throws(ShapeError) in
        let shape = try broadcastShape(try call.shape(0), try call.shape(1))
        let isReduced = call.attributes.string("reduction") != "none"
        return TensorType(try call.dataType(0), isReduced ? [] : shape)
      },
      gradients: [.of(0, reads: .input(0), .input(1)), .of(1, reads: .input(0), .input(1))],
      work: .perInputElement(3),
      training: training,
      example: .float32([8, 96, 7], [8, 96, 7], gives: []))
  }
}
