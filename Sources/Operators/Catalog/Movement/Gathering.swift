// Operators that read and write elements by index.

import ModelGraph

extension OperatorDefinition {
  static let gathering: [OperatorDefinition] = [
    gather, gatherElements, gatherND, scatter, scatterElements, scatterND, tensorScatter, oneHot,
    compress,
  ]

  /// Slices along an axis, by index; an embedding is one.
  public static let gather = OperatorDefinition(
    "Gather",
    shape: .gather,
    evaluation: .gather,
    gradients: [.of(0, reads: .input(1))],
    training: .indexing,
    layer: .always(.embedding),
    example: Example(
      OperatorCall([.tensor(.float32, [30_522, 768]), .tensor(.int64, [8, 128])]),
      [.tensor(.float32, [8, 128, 768])]))

  public static let gatherElements = OperatorDefinition(
    "GatherElements",
    shape: .gatherElements,
    evaluation: .gatherElements,
    gradients: [.of(0, reads: .input(0), .input(1))],
    example: Example(
      OperatorCall([.tensor(.float32, [3, 3]), .tensor(.int64, [2, 3])]),
      [.tensor(.float32, [2, 3])]))

  public static let gatherND = OperatorDefinition(
    "GatherND",
    shape: .gatherND,
    evaluation: .gatherND,
    gradients: [.of(0, reads: .input(1))],
    example: Example(
      OperatorCall([.tensor(.float32, [2, 3, 4]), .tensor(.int64, [5, 2])]),
      [.tensor(.float32, [5, 4])]))

  /// The older name of ``scatterElements``.
  public static let scatter = scattering("Scatter", .scatterElements, .scatterElements)

  /// The data with elements replaced along an axis, by index.
  public static let scatterElements = scattering(
    "ScatterElements", .scatterElements, .scatterElements)

  /// The data with slices replaced, by index vector.
  public static let scatterND = OperatorDefinition(
    "ScatterND",
    shape: .scatterND,
    evaluation: .scatterND,
    gradients: [.of(0, reads: .input(1)), .of(2, reads: .input(1))],
    overwrites: [0],
    example: Example(
      OperatorCall(
        [.tensor(.float32, [4, 4, 4]), .tensor(.int64, [2, 1]), .tensor(.float32, [2, 4, 4])]),
      [.tensor(.float32, [4, 4, 4])]))

  /// A key and value cache with the newest entries written into it.
  public static let tensorScatter = OperatorDefinition(
    "TensorScatter",
    shape: .sameAsInput,
    gradients: [.of(0, reads: .input(2)), .of(1, reads: .input(2))],
    overwrites: [0],
    example: Example(
      OperatorCall(
        [
          .tensor(.float16, [2, 8, 512, 64]), .tensor(.float16, [2, 8, 1, 64]),
          .tensor(.int64, [2]),
        ]),
      [.tensor(.float16, [2, 8, 512, 64])]))

  /// A new axis that marks the index.
  public static let oneHot = OperatorDefinition(
    "OneHot",
    shape: .oneHot,
    example: Example(
      OperatorCall(
        [.tensor(.int64, [2, 2]), .tensor(.int64, []), .tensor(.float32, [2])],
        values: [nil, TensorValue(scalar: 10)]),
      [.tensor(.float32, [2, 2, 10])]))

  /// The slices for which a condition holds.
  public static let compress = OperatorDefinition(
    "Compress",
    shape: .compress,
    evaluation: .compress,
    gradients: [.of(0, reads: .input(1))],
    example: Example(
      OperatorCall(
        [.tensor(.float32, [3, 2]), .tensor(.bool, [3])],
        values: [nil, TensorValue(TensorType(.bool, [3]), .integers([0, 1, 1]))],
        attributes: ["axis": .integer(0)]),
      [.tensor(.float32, [2, 2])]))

  private static func scattering(
    _ name: OperatorName, _ shape: ShapeRule, _ evaluation: Evaluation
  ) -> OperatorDefinition {
    OperatorDefinition(
      name,
      shape: shape,
      evaluation: evaluation,
      gradients: [.of(0, reads: .input(1)), .of(2, reads: .input(1))],
      overwrites: [0],
      example: Example(
        OperatorCall(
          [.tensor(.float32, [3, 3]), .tensor(.int64, [2, 3]), .tensor(.float32, [2, 3])]),
        [.tensor(.float32, [3, 3])]))
  }
}
