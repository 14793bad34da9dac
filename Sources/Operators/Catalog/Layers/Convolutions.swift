// Convolutions with floating-point weights.

import ModelGraph

extension OperatorDefinition {
  static let convolutions: [OperatorDefinition] = [convolution, transposedConvolution]

  /// The convolution (cross-correlation) of any number of spatial axes.
  public static let convolution = OperatorDefinition(
    "Conv",
    shape: .convolution,
    gradients: [.of(0, reads: .input(1)), .of(1, reads: .input(0)), .of(2)],
    frozenSizes: .groups,
    work: .convolution,
    training: .convolution,
    layer: .convolution,
    example: .float32(
      [1, 3, 224, 224], [64, 3, 7, 7],
      attributes: ["strides": .integers([2, 2]), "pads": .integers([3, 3, 3, 3])],
      gives: [1, 64, 112, 112]))

  /// The gradient of a convolution used as a layer, to enlarge.
  public static let transposedConvolution = OperatorDefinition(
    "ConvTranspose",
    shape: .transposedConvolution,
    gradients: [.of(0, reads: .input(1)), .of(1, reads: .input(0)), .of(2)],
    work: .transposedConvolution,
    training: .transposedConvolution,
    layer: .always(.transposedConvolution),
    example: .float32(
      [1, 64, 28, 28], [64, 32, 2, 2], attributes: ["strides": .integers([2, 2])],
      gives: [1, 32, 56, 56]))
}
