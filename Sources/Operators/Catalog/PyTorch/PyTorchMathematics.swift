// Functions of each element that PyTorch has and ONNX has not.
// Gradients: `tools/autograd/derivatives.yaml`, PyTorch 2.15.

import ModelGraph

extension OperatorDefinition {
  static let pyTorchMathematics: [OperatorDefinition] = [
    exp2, log2, log10, log1p, erfc, erfinv, logarithmOfGamma, digamma, besselI0, logit,
    hardShrink, softShrink, threshold, truncation, fraction, powerOfBase, interpolation,
    addQuotient, flip, clampBetween,
  ]

  /// Two to the power of the input.
  public static let exp2 = elementwise(
    "Exp2", reads: [.output(0)], gradientKernels: ["mul_Tensor", "mul_Tensor"])

  /// The logarithm to base 2.
  public static let log2 = elementwise(
    "Log2", reads: [.input(0)], gradientKernels: ["mul_Tensor", "div_Tensor"], isRaised: true)

  /// The logarithm to base 10.
  public static let log10 = elementwise(
    "Log10", reads: [.input(0)], gradientKernels: ["mul_Tensor", "div_Tensor"], isRaised: true)

  /// The natural logarithm of the input and 1.
  public static let log1p = elementwise(
    "Log1p", reads: [.input(0)], gradientKernels: ["add_Tensor", "div_Tensor"], isRaised: true)

  /// One less the Gauss error function.
  public static let erfc = elementwise(
    "Erfc", reads: [.input(0)],
    gradientKernels: ["pow_Tensor_Scalar", "neg", "exp", "mul_Tensor", "mul_Tensor"])

  /// The inverse of the Gauss error function.
  public static let erfinv = elementwise(
    "Erfinv", reads: [.input(0)],
    gradientKernels: ["erfinv", "pow_Tensor_Scalar", "exp", "mul_Tensor", "mul_Tensor"],
    isRaised: true)

  /// The logarithm of the gamma function.
  public static let logarithmOfGamma = elementwise(
    "LGamma", reads: [.input(0)], gradientKernels: ["digamma", "mul_Tensor"])

  /// The derivative of the gamma function's logarithm.
  public static let digamma = elementwise(
    "Digamma", reads: [.input(0)], gradientKernels: ["polygamma", "mul_Tensor"])

  /// The modified Bessel function of the first kind, of order 0.
  public static let besselI0 = elementwise(
    "BesselI0", reads: [.input(0)], kernels: KernelNames(forward: "i0"),
    gradientKernels: ["special_i1", "mul_Tensor"])

  /// The logarithm of the odds of a probability.
  public static let logit = elementwise("Logit", reads: [.input(0)])

  /// Zero near zero.
  public static let hardShrink = elementwise("HardShrink", reads: [.input(0)])

  /// Zero near zero, and what is further from it brought nearer.
  public static let softShrink = elementwise("SoftShrink", reads: [.input(0)])

  /// Another number for what is not above one.
  public static let threshold = elementwise("Threshold", reads: [.input(0)])

  /// The integer nearer to zero, of which no gradient flows back.
  public static let truncation = elementwise("Truncation", reads: [])

  /// What is left of the input once a multiple of a number is taken away, whose gradient is the output's.
  public static let fraction = OperatorDefinition(
    "Fraction",
    shape: .sameAsInput,
    gradients: [.of(0)],
    overwrites: [0],
    work: .perOutputElement(1),
    training: .unary { dispatcher, x, call in
      dispatcher.shift(x, inPlace: call.isInPlace, kernel: "fmod_Tensor")
    },
    example: .float32([2, 3], gives: [2, 3]))

  /// A number to the power of the input.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.pow.html>
  public static let powerOfBase = OperatorDefinition(
    "PowerOfBase",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(0), .output(0))],
    work: .perOutputElement(2),
    training: .powerOfBase,
    example: .float32([2, 3], gives: [2, 3]))

  /// The point between two tensors at a part of the way that is no tensor.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.lerp.html>
  public static let interpolation = OperatorDefinition(
    "Interpolation",
    shape: .broadcast,
    gradients: [.of(0), .of(1)],
    overwrites: [0],
    work: .perOutputElement(3),
    training: .interpolation,
    example: .float32([8, 64], [8, 64], gives: [8, 64]))

  /// The sum of the first operand and the quotient of the others, `a + b / c`.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.addcdiv.html>
  public static let addQuotient = OperatorDefinition(
    "AddQuotient",
    shape: .broadcast,
    gradients: [.of(0), .of(1, reads: .input(2)), .of(2, reads: .input(1), .input(2))],
    work: .perOutputElement(2),
    training: .additionOfQuotient,
    example: .float32([8, 64], [8, 64], [8, 64], gives: [8, 64]))

  /// The input kept between two tensors.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.clamp.html>
  public static let clampBetween = OperatorDefinition(
    "ClampBetween",
    shape: .broadcast,
    gradients: (0..<3).map { .of($0, reads: .input(0), .input(1), .input(2)) },
    work: .perOutputElement(2),
    example: .float32([8, 64], [8, 64], [8, 64], gives: [8, 64]))

  /// The elements in the opposite order along axes.
  ///
  /// <https://docs.pytorch.org/docs/stable/generated/torch.flip.html>
  public static let flip = OperatorDefinition(
    "Flip",
    shape: .sameAsInput,
    gradients: [.of(0)],
    training: .unary { dispatcher, x, _ in
      dispatcher.unary(x, KernelNames(forward: "flip", backward: "flip"), saves: .nothing)
    },
    example: .float32([2, 3], gives: [2, 3]))
}

extension TrainingRule {
  fileprivate static let powerOfBase = TrainingRule.unary { dispatcher, given, _ in
    let x = dispatcher.raised(given)
    let y = dispatcher.make(x.layout.mapped(), by: "pow_Scalar")
    dispatcher.scratch(8, by: "pow_Scalar")
    dispatcher.record("PowBackward2", from: [x], to: [y], saving: [x, y]) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      return [dispatcher.compose(gradient.layout.densified(), by: ["mul_Tensor", "mul_Tensor"])]
    }
    return y
  }

  fileprivate static let interpolation = TrainingRule { dispatcher, call in
    guard let a = call.input(0), let b = call.input(1), let type = call.outputs.first else {
      return []
    }
    let kernel = "lerp_Scalar"
    dispatcher.begin(kernel)
    let layout = dispatcher.broadcastLayout([a, b], type.shape)
    let y = call.isInPlace ? dispatcher.share(a) : dispatcher.make(layout, by: kernel)
    dispatcher.record("LerpBackward0", from: [a, b], to: [y]) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      return call.needs.map { need in
        need ? dispatcher.make(gradient.layout.densified(), by: "mul_Tensor") : nil
      }
    }
    return [y]
  }

  fileprivate static let additionOfQuotient = TrainingRule { dispatcher, call in
    guard let sum = call.input(0), let a = call.input(1), let b = call.input(2),
      let type = call.outputs.first
    else { return [] }
    let y = dispatcher.make(dispatcher.broadcastLayout([sum, a, b], type.shape), by: "addcdiv")
    let isQuotient = dispatcher.needsGradient(a) || dispatcher.needsGradient(b)
    dispatcher.record(
      "AddcdivBackward0", from: [sum, a, b], to: [y],
      saving: [dispatcher.needsGradient(b) ? a : nil, isQuotient ? b : nil]
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil, nil] }
      let layout = gradient.layout.densified()
      let first =
        call.needs(1) ? dispatcher.compose(layout, by: ["reciprocal", "mul_Tensor"]) : nil
      let second =
        call.needs(2)
        ? dispatcher.compose(
          layout, by: ["mul_Tensor", "mul_Tensor", "div_Tensor", "neg", "mul_Tensor"]) : nil
      return [call.needs(0) ? gradient : nil, first, second]
    }
    return [y]
  }
}
