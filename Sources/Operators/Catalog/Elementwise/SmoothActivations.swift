// Activation functions that weigh the input by a gate of itself; all keep the input for backward.

import ModelGraph

extension OperatorDefinition {
  static let smoothActivations: [OperatorDefinition] = [
    gelu, silu, swish, hardSwish, mish, swishGated,
  ]

  /// The Gaussian error unit, `x · Φ(x)`.
  ///
  /// <https://arxiv.org/abs/1606.08415>
  public static let gelu = elementwise("Gelu", reads: [.input(0)], operations: 8)

  /// The sigmoid-weighted unit, `x · sigmoid(x)`.
  public static let silu = elementwise("Silu", reads: [.input(0)], operations: 4)

  /// The sigmoid-weighted unit with a factor, `x · sigmoid(alpha · x)`.
  public static let swish = elementwise("Swish", reads: [.input(0)], operations: 5)

  /// The piecewise unit `x · max(0, min(1, x / 6 + 1 / 2))`.
  public static let hardSwish = elementwise("HardSwish", reads: [.input(0)], operations: 5)

  /// The unit `x · tanh(log(1 + exp(x)))`.
  public static let mish = elementwise("Mish", reads: [.input(0)], operations: 5)

  /// The gated unit `swish(a) · b` of two inputs of one shape.
  ///
  /// PyTorch composes it, so that `swish(a)` is kept besides both inputs.
  /// <https://arxiv.org/abs/2002.05202>
  public static let swishGated = OperatorDefinition(
    "SwiGLU",
    shape: .sameAsBothInputs,
    gradients: [
      .of(0, reads: .input(0), .input(1)),
      .of(1, reads: .auxiliary(0)),
    ],
    auxiliaries: [.likeInput("swish")],
    overwrites: [0, 1],
    work: .perOutputElement(5),
    layer: .always(.activation),
    example: .float32([2, 128, 8192], [2, 128, 8192], gives: [2, 128, 8192]))
}
