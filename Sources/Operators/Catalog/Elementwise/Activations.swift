// Activation functions: which of input and output PyTorch's gradient reads differs by function.
// <https://github.com/pytorch/pytorch/blob/main/tools/autograd/derivatives.yaml>

import ModelGraph

extension OperatorDefinition {
  static let activations: [OperatorDefinition] = [
    relu, leakyRelu, thresholdedRelu, parametricRelu, elu, celu, selu, sigmoid, hardSigmoid,
    softplus, logSigmoid, softsign, shrink, clip,
  ]

  /// The rectifier, `max(x, 0)`.
  ///
  /// The sign of the output is enough for the gradient.
  public static let relu = elementwise(
    "Relu", reads: [.output(0)], evaluation: .rectifier,
    kernels: KernelNames(
      forward: "relu", backward: "threshold_backward", gradientLiesAsSaved: true))

  /// The rectifier with a slope `alpha` below zero.
  public static let leakyRelu = elementwise(
    "LeakyRelu", reads: [.input(0)], operations: 2,
    kernels: KernelNames(forward: "leaky_relu", keepsOutputInPlace: true))

  /// The rectifier that starts at `alpha`.
  public static let thresholdedRelu = elementwise("ThresholdedRelu", reads: [.input(0)])

  /// The rectifier whose slope below zero is trained, one for each channel.
  ///
  /// <https://arxiv.org/abs/1502.01852>
  public static let parametricRelu = OperatorDefinition(
    "PRelu",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(0), .input(1)), .of(1, reads: .input(0), .input(1))],
    work: .perOutputElement(2),
    training: .parametricRectifier,
    layer: .always(.activation),
    example: .float32([1, 4, 3, 3], [4, 1, 1], gives: [1, 4, 3, 3]))

  /// The exponential unit, `alpha · (exp(x) − 1)` below zero.
  public static let elu = elementwise(
    "Elu", reads: [.input(0)], operations: 3,
    kernels: KernelNames(forward: "elu", keepsOutputInPlace: true))

  /// The exponential unit with a continuous derivative.
  public static let celu = elementwise(
    "Celu", reads: [.input(0)], operations: 4,
    kernels: KernelNames(forward: "elu", keepsOutputInPlace: true))

  /// The scaled exponential unit.
  public static let selu = elementwise(
    "Selu", reads: [.input(0)], operations: 4,
    kernels: KernelNames(forward: "elu", keepsOutputInPlace: true))

  /// The logistic function, `1 / (1 + exp(−x))`.
  public static let sigmoid = elementwise("Sigmoid", reads: [.output(0)], operations: 3)

  /// The piecewise linear sigmoid, `max(0, min(1, alpha · x + beta))`.
  public static let hardSigmoid = elementwise("HardSigmoid", reads: [.input(0)], operations: 4)

  /// The smooth rectifier, `log(exp(x) + 1)`.
  public static let softplus = elementwise(
    "Softplus", reads: [.input(0)], operations: 3, isRaised: true)

  /// The logarithm of the logistic function, `-log(1 + exp(-x))`.
  public static let logSigmoid = elementwise(
    "LogSigmoid", reads: [.input(0)], operations: 4,
    kernels: KernelNames(forward: "log_sigmoid_forward", backward: "log_sigmoid_backward"))

  /// The function `x / (1 + |x|)`, which PyTorch composes of three.
  public static let softsign = OperatorDefinition(
    "Softsign",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(0), .auxiliary(0))],
    auxiliaries: [.likeInput("divisor")],
    work: .perOutputElement(3),
    layer: .always(.activation),
    example: .float32([2, 3], gives: [2, 3]))

  /// Zero within `lambd` of zero, else the input moved by `bias` towards zero.
  public static let shrink = elementwise("Shrink", reads: [.input(0)], operations: 2)

  /// The input kept between a minimum and a maximum.
  ///
  /// The bounds are attributes before version 11, then optional scalar inputs.
  public static let clip = OperatorDefinition(
    "Clip",
    shape: .sameAsInput,
    evaluation: .clipping,
    gradients: [.of(0, reads: .input(0), .input(1), .input(2))],
    overwrites: [0],
    work: .perOutputElement(2),
    training: .clamping,
    layer: .always(.activation),
    example: .float32([2, 3], [], [], gives: [2, 3]))
}
