// Pooling of neighbourhoods, with windows or over all.

import ModelGraph

extension OperatorDefinition {
  static let pooling: [OperatorDefinition] = [
    maxPool, averagePool, lpPool, globalMaxPool, globalAveragePool, globalLpPool,
  ]

  /// The largest element of each window.
  ///
  /// The positions are kept for backward, as an output if asked for.
  public static let maxPool = OperatorDefinition(
    "MaxPool",
    shape: .maxPooling,
    gradients: [.of(0, reads: .input(0), .auxiliary(0), .output(1))],
    auxiliaries: [
      Auxiliary("indices") { call in
        guard call.outputCount < 2, let type = try? pooledType(call) else { return nil }
        return TensorType(.int64, type.shape)
      }
    ],
    work: .pooling,
    training: .maxPool,
    example: .float32(
      [1, 64, 112, 112],
      attributes: [
        "kernel_shape": .integers([3, 3]), "strides": .integers([2, 2]),
        "pads": .integers([1, 1, 1, 1]),
      ],
      gives: [1, 64, 56, 56]))

  /// The average of each window.
  public static let averagePool = OperatorDefinition(
    "AveragePool",
    shape: .pooling,
    gradients: [.of(0, reads: .input(0))],
    work: .pooling,
    training: .averagePool,
    example: .float32(
      [1, 64, 56, 56],
      attributes: ["kernel_shape": .integers([2, 2]), "strides": .integers([2, 2])],
      gives: [1, 64, 28, 28]))

  /// The p-norm of each window.
  public static let lpPool = OperatorDefinition(
    "LpPool",
    shape: .pooling,
    gradients: [.of(0, reads: .input(0), .output(0))],
    work: .pooling,
    example: .float32(
      [1, 3, 32, 32], attributes: ["kernel_shape": .integers([2, 2])], gives: [1, 3, 31, 31]))

  /// The largest element of each channel.
  public static let globalMaxPool = OperatorDefinition(
    "GlobalMaxPool",
    shape: .globalPooling,
    gradients: [.of(0, reads: .input(0), .auxiliary(0))],
    auxiliaries: [
      Auxiliary("indices") { call in
        guard let shape = try? call.shape(0), shape.count >= 2 else { return nil }
        return TensorType(.int64, reducedShape(shape, axes: Set(2..<shape.count), keepsAxes: true))
      }
    ],
    work: .perInputElement(1),
    example: .float32([1, 512, 7, 7], gives: [1, 512, 1, 1]))

  /// The average of each channel.
  public static let globalAveragePool = OperatorDefinition(
    "GlobalAveragePool",
    shape: .globalPooling,
    gradients: [.of(0)],
    work: .perInputElement(1),
    training: .globalAveragePool,
    example: .float32([1, 512, 7, 7], gives: [1, 512, 1, 1]))

  /// The p-norm of each channel.
  public static let globalLpPool = OperatorDefinition(
    "GlobalLpPool",
    shape: .globalPooling,
    gradients: [.of(0, reads: .input(0), .output(0))],
    work: .perInputElement(2),
    example: .float32([1, 512, 7, 7], gives: [1, 512, 1, 1]))
}
