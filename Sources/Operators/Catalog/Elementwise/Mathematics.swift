// Functions of one number: powers, exponentials, trigonometry, rounding.

import ModelGraph

extension OperatorDefinition {
  static let mathematics: [OperatorDefinition] = [
    abs, neg, reciprocal, sqrt, reciprocalSquareRoot, exp, expm1, log, erf, sign, ceil, floor,
    round, det,
  ]

  static let trigonometry: [OperatorDefinition] = [
    sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh,
  ]

  /// The absolute value.
  public static let abs = elementwise(
    "Abs", reads: [.input(0)], evaluation: .magnitude, gradientKernels: ["sgn", "mul_Tensor"])

  /// The negative.
  public static let neg = elementwise(
    "Neg", reads: [], evaluation: .negation, gradientKernels: ["neg"])

  /// One divided by the input.
  public static let reciprocal = elementwise(
    "Reciprocal", reads: [.output(0)], evaluation: .reciprocal,
    gradientKernels: ["mul_Tensor", "neg", "mul_Tensor"], isRaised: true)

  /// The square root.
  public static let sqrt = elementwise(
    "Sqrt", reads: [.output(0)], evaluation: .squareRoot,
    gradientKernels: ["mul_Tensor", "div_Tensor"])

  /// The reciprocal of the square root, PyTorch's `rsqrt`.
  public static let reciprocalSquareRoot = elementwise(
    "ReciprocalSquareRoot", reads: [.output(0)], kernels: KernelNames(forward: "rsqrt"),
    gradientKernels: ["pow_Tensor_Scalar", "mul_Tensor", "mul_Tensor"], isRaised: true)

  /// The exponential.
  public static let exp = elementwise(
    "Exp", reads: [.output(0)], evaluation: .exponential, gradientKernels: ["mul_Tensor"],
    isRaised: true)

  /// The exponential less 1.
  public static let expm1 = elementwise(
    "Expm1", reads: [.output(0)], gradientKernels: ["add_Tensor", "mul_Tensor"], isRaised: true)

  /// The natural logarithm.
  public static let log = elementwise(
    "Log", reads: [.input(0)], evaluation: .logarithm, gradientKernels: ["div_Tensor"],
    isRaised: true)

  /// The Gauss error function.
  public static let erf = elementwise(
    "Erf", reads: [.input(0)],
    gradientKernels: ["pow_Tensor_Scalar", "neg", "exp", "mul_Tensor", "mul_Tensor"])

  /// −1, 0 or 1.
  public static let sign = elementwise("Sign", reads: [], evaluation: .signum)

  /// The next integer not below.
  public static let ceil = elementwise("Ceil", reads: [], evaluation: .ceiling)

  /// The next integer not above.
  public static let floor = elementwise("Floor", reads: [], evaluation: .floor)

  /// The nearest integer, halves to even.
  public static let round = elementwise("Round", reads: [], evaluation: .rounding)

  public static let sin = elementwise(
    "Sin", reads: [.input(0)], gradientKernels: ["cos", "mul_Tensor"])
  public static let cos = elementwise(
    "Cos", reads: [.input(0)], gradientKernels: ["sin", "neg", "mul_Tensor"])
  public static let tan = elementwise(
    "Tan", reads: [.output(0)], gradientKernels: ["pow_Tensor_Scalar", "add_Tensor", "mul_Tensor"],
    isRaised: true)
  public static let asin = elementwise(
    "Asin", reads: [.input(0)],
    gradientKernels: ["neg", "mul_Tensor", "add_Tensor", "rsqrt", "mul_Tensor"], isRaised: true)
  public static let acos = elementwise(
    "Acos", reads: [.input(0)],
    gradientKernels: ["neg", "mul_Tensor", "add_Tensor", "rsqrt", "neg", "mul_Tensor"],
    isRaised: true)
  public static let atan = elementwise(
    "Atan", reads: [.input(0)], gradientKernels: ["mul_Tensor", "add_Tensor", "div_Tensor"])
  public static let sinh = elementwise(
    "Sinh", reads: [.input(0)], gradientKernels: ["cosh", "mul_Tensor"], isRaised: true)
  public static let cosh = elementwise(
    "Cosh", reads: [.input(0)], gradientKernels: ["sinh", "mul_Tensor"], isRaised: true)
  public static let tanh = elementwise("Tanh", reads: [.output(0)])
  public static let asinh = elementwise(
    "Asinh", reads: [.input(0)],
    gradientKernels: ["pow_Tensor_Scalar", "add_Tensor", "rsqrt", "mul_Tensor"])
  public static let acosh = elementwise(
    "Acosh", reads: [.input(0)],
    gradientKernels: ["pow_Tensor_Scalar", "sub_Tensor", "rsqrt", "mul_Tensor"])
  public static let atanh = elementwise(
    "Atanh", reads: [.input(0)],
    gradientKernels: ["mul_Tensor", "pow_Tensor_Scalar", "rsub_Scalar", "div_Tensor"])

  /// The determinant of each matrix of a stack.
  ///
  /// PyTorch keeps the LU decomposition besides.
  public static let det = OperatorDefinition(
    "Det",
    shape: .determinant,
    gradients: [.of(0, reads: .input(0), .output(0), .auxiliary(0), .auxiliary(1))],
    auxiliaries: [
      .likeInput("decomposition"),
      Auxiliary("pivots") { call in
        (try? call.shape(0)).map { TensorType(.int32, Array($0.dropLast())) }
      },
    ],
    work: .perInputElement(1),
    example: .float32([5, 3, 3], gives: [5]))
}

extension ShapeRule {
  /// The input's shape without its last two axes, which are equal.
  static let determinant = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    guard input.rank >= 2, input.shape[input.rank - 1] == input.shape[input.rank - 2] else {
      throw .rank(input: 0, expected: "square matrices", found: input.shape)
    }
    return TensorType(input.dataType, Array(input.shape.dropLast(2)))
  }
}
