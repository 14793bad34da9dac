// Functions that make a distribution of each row.

import ModelGraph

extension OperatorDefinition {
  static let softmaxes: [OperatorDefinition] = [softmax, logSoftmax, hardmax]

  /// The exponentials, divided by their sum over `axis`.
  ///
  /// Before version 13 the axes from `axis` on (1 if not said) are taken as one.
  public static let softmax = OperatorDefinition(
    "Softmax",
    shape: .alongAxis,
    gradients: [.of(0, reads: .output(0))],
    overwrites: [0],
    work: .perOutputElement(5),
    training: .softmax,
    layer: .always(.activation),
    example: .float32([32, 1000], gives: [32, 1000]))

  /// The logarithm of the softmax.
  public static let logSoftmax = OperatorDefinition(
    "LogSoftmax",
    shape: .alongAxis,
    gradients: [.of(0, reads: .output(0))],
    overwrites: [0],
    work: .perOutputElement(5),
    training: .logSoftmax,
    layer: .always(.activation),
    example: .float32([32, 1000], gives: [32, 1000]))

  /// 1 for the first largest element along `axis`, 0 for the others.
  public static let hardmax = OperatorDefinition(
    "Hardmax",
    shape: .alongAxis,
    work: .perOutputElement(1),
    example: .float32([32, 1000], gives: [32, 1000]))
}

extension ShapeRule {
  /// The type of the first input, which has the axis named.
  static let alongAxis = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    let usual = call.version < 13 ? min(1, input.rank - 1) : -1
    if input.rank > 0 { _ = try call.axis(default: usual, rank: input.rank) }
    return input
  }
}
