// Activations and sums that ONNX Runtime fuses.

import ModelGraph

extension OperatorDefinition {
  static let contributedActivations: [OperatorDefinition] = [
    contributedGelu, quickGelu, fastGelu, biasGelu, biasSplitGelu, biasSoftmax, biasAdd,
    biasDropout, inverse, contributedSwishGated, contributedTrilu,
  ]

  public static let contributedGelu = elementwise(
    .contributed("Gelu"), reads: [.input(0)], operations: 8)

  /// `x · sigmoid(alpha · x)`.
  public static let quickGelu = elementwise(
    .contributed("QuickGelu"), reads: [.input(0)], operations: 5)

  /// The `tanh` approximation of GELU, after an optional bias.
  public static let fastGelu = biased("FastGelu", operations: 8)

  /// GELU after a bias.
  public static let biasGelu = biased("BiasGelu", operations: 9)

  /// Half of the biased input, times the GELU of the other half.
  public static let biasSplitGelu = OperatorDefinition(
    .contributed("BiasSplitGelu"),
    shape: .halfOfLastAxis,
    work: .perOutputElement(10),
    layer: .always(.activation),
    example: .float32([2, 4096, 5120], [5120], gives: [2, 4096, 2560]))

  /// Softmax of the sum of scores and a bias that broadcasts to them.
  public static let biasSoftmax = OperatorDefinition(
    .contributed("BiasSoftmax"),
    shape: .sameAsInput,
    gradients: [.of(0, reads: .output(0)), .of(1, reads: .output(0))],
    overwrites: [0],
    work: .perOutputElement(6),
    example: .float32([2, 12, 128, 128], [2, 1, 1, 128], gives: [2, 12, 128, 128]))

  /// The sum of the input, a bias and a skip connection.
  public static let biasAdd = OperatorDefinition(
    .contributed("BiasAdd"),
    shape: .sameAsInput,
    gradients: [.of(0), .of(1), .of(2)],
    overwrites: [0, 2],
    work: .perOutputElement(2),
    example: .float32([2, 4096, 320], [320], [2, 4096, 320], gives: [2, 4096, 320]))

  /// Dropout of the sum of the input and a bias, plus a residual.
  public static let biasDropout = OperatorDefinition(
    .contributed("BiasDropout"),
    shape: .dropout,
    gradients: [
      .of(0, reads: .auxiliary(0), .output(1)), .of(1, reads: .auxiliary(0), .output(1)), .of(2),
    ],
    auxiliaries: [.dropoutMask],
    overwrites: [0, 2],
    work: .perOutputElement(4),
    example: .float32([2, 128, 768], [768], [2, 128, 768], gives: [2, 128, 768]))

  /// The inverse of each matrix of a stack.
  public static let inverse = OperatorDefinition(
    .contributed("Inverse"),
    shape: .sameAsInput,
    gradients: [.of(0, reads: .output(0))],
    work: .perInputElement(2),
    example: .float32([5, 3, 3], gives: [5, 3, 3]))

  /// The gated unit of halves of one input, or of two inputs.
  public static let contributedSwishGated = OperatorDefinition(
    .contributed("SwiGLU"),
    shape: ShapeRule { call throws(ShapeError) in
      try (call.has(1) ? ShapeRule.sameAsBothInputs : .halfOfLastAxis)(call)
    },
    work: .perOutputElement(5),
    layer: .always(.activation),
    example: .float32([2, 128, 8192], [2, 128, 8192], gives: [2, 128, 8192]))

  /// The triangle of each matrix above or below a diagonal, zero elsewhere.
  public static let contributedTrilu = OperatorDefinition(
    .contributed("Trilu"),
    shape: .sameAsInput,
    gradients: [.of(0)],
    overwrites: [0],
    example: .float32([2, 128, 128], gives: [2, 128, 128]))

  private static func biased(_ name: String, operations: Int) -> OperatorDefinition {
    OperatorDefinition(
      .contributed(name),
      shape: .sameAsInput,
      gradients: [.of(0, reads: .input(0), .input(1)), .of(1, reads: .input(0), .input(1))],
      overwrites: [0],
      work: .perOutputElement(operations),
      layer: .always(.activation),
      example: .float32([2, 128, 3072], [3072], gives: [2, 128, 3072]))
  }
}

extension ShapeRule {
  /// The type of the first input with half of its last axis.
  fileprivate static let halfOfLastAxis = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    guard let width = type.shape.last, width % 2 == 0 else {
      throw .rank(input: 0, expected: "an even last axis", found: type.shape)
    }
    type.shape[type.rank - 1] = width / 2
    return type
  }
}
