// Operators whose sizes follow from the contents of small operands.

import ModelGraph

extension OperatorDefinition {
  static let tfliteSizes: [OperatorDefinition] =
    ["REAL", "IMAG", "COMPLEX_ABS", "MATRIX_SET_DIAG"].map { name in
      OperatorDefinition(
        .tflite(name), shape: .tfliteSameShape, example: .float32([2, 3], gives: [2, 3]))
    }
    + [
      sized(
        "SPACE_TO_BATCH_ND", .tfliteSpaceToBatch, [.tensor(.float32, [1, 5, 4, 3])],
        [[2, 2], [0, 1, 0, 0]], gives: [4, 3, 2, 3]),
      sized(
        "BATCH_TO_SPACE_ND", .tfliteBatchToSpace, [.tensor(.float32, [4, 3, 2, 3])],
        [[2, 2], [0, 1, 0, 0]], gives: [1, 5, 4, 3]),
      sized("SCATTER_ND", .tfliteContents(of: 2), updates, [[4, 5]], gives: [4, 5]),
      sized(
        "SPARSE_TO_DENSE", .tfliteContents(of: 1), [.tensor(.int32, [2])], [[4, 5]],
        gives: [4, 5]),
      sized("RANDOM_UNIFORM", .tfliteContents(of: 0), [], [[4, 5]], gives: [4, 5]),
      sized("RANDOM_STANDARD_NORMAL", .tfliteContents(of: 0), [], [[4, 5]], gives: [4, 5]),
      sized(
        "CONV_3D_TRANSPOSE", .tfliteContents(of: 0), [], [[1, 4, 4, 4, 2]], gives: [1, 4, 4, 4, 2]),
      sized(
        "MULTINOMIAL", .tfliteDraws, [.tensor(.float32, [3, 10])], scalar: 7, gives: [3, 7]),
      sized(
        "RFFT2D", .tfliteFourier, [.tensor(.float32, [3, 8, 16])], [[8, 16]], gives: [3, 8, 9]),
      sized(
        "BROADCAST_ARGS", .tfliteBroadcastArguments,
        [.tensor(.int32, [3]), .tensor(.int32, [1])], [], gives: [3],
        evaluation: .tfliteBroadcastArguments),
      tfliteGatherND, tfliteOneHot, tfliteMatrixDiagonal, tfliteRange, tfliteSplitOfSizes,
      tfliteLargest, tfliteDetections,
    ]

  static let tfliteGatherND = OperatorDefinition(
    .tflite("GATHER_ND"), shape: .tfliteGatherND, evaluation: .gatherND,
    example: Example(
      OperatorCall([.tensor(.float32, [4, 5, 6]), .tensor(.int32, [7, 2])]),
      [.tensor(.float32, [7, 6])]))

  static let tfliteOneHot = OperatorDefinition(
    .tflite("ONE_HOT"), shape: .tfliteOneHot,
    example: Example(
      OperatorCall(
        [.tensor(.int32, [2, 3]), .tensor(.int32, []), .tensor(.float32, [])],
        values: [nil, TensorValue(scalar: 5)], attributes: ["axis": .integer(-1)],
        declaredOutputs: [.tensor(.float32, [2, 3, 5])]),
      [.tensor(.float32, [2, 3, 5])]))

  static let tfliteMatrixDiagonal = OperatorDefinition(
    .tflite("MATRIX_DIAG"), shape: .tfliteMatrixDiagonal,
    example: .float32([2, 3], gives: [2, 3, 3]))

  static let tfliteRange = OperatorDefinition(
    .tflite("RANGE"), shape: .tfliteRange, evaluation: .range,
    example: Example(
      OperatorCall(
        [.tensor(.int32, []), .tensor(.int32, []), .tensor(.int32, [])],
        values: [TensorValue(scalar: 1), TensorValue(scalar: 8), TensorValue(scalar: 3)]),
      [.tensor(.int32, [3])]))

  static let tfliteSplitOfSizes = OperatorDefinition(
    .tflite("SPLIT_V"), shape: .tfliteSplitOfSizes, evaluation: .tfliteSplit(of: 0, axis: 2),
    example: Example(
      OperatorCall(
        [.tensor(.float32, [2, 7]), .tensor(.int32, [2]), .tensor(.int32, [])],
        values: [nil, TensorValue([3, -1]), TensorValue(scalar: 1)], outputCount: 2),
      [.tensor(.float32, [2, 3]), .tensor(.float32, [2, 4])]))

  static let tfliteLargest = OperatorDefinition(
    .tflite("TOPK_V2"), shape: .tfliteLargest,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [2, 7]), .tensor(.int32, [])],
        values: [nil, TensorValue(scalar: 3)], outputCount: 2),
      [.tensor(.float32, [2, 3]), .tensor(.int32, [2, 3])]))

  /// The boxes of objects, a custom operator of TensorFlow's own.
  static let tfliteDetections = OperatorDefinition(
    OperatorName("TFLite_Detection_PostProcess", domain: "tflite.custom"),
    shape: .tfliteDetections,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [1, 100, 4]), .tensor(.float32, [1, 100, 3])],
        attributes: ["max_detections": .integer(5), "max_classes_per_detection": .integer(2)],
        outputCount: 4),
      [
        .tensor(.float32, [1, 10, 4]), .tensor(.float32, [1, 10]), .tensor(.float32, [1, 10]),
        .tensor(.float32, [1]),
      ]))

  private static let updates: [ValueType] = [.tensor(.int32, [2, 1]), .tensor(.float32, [2, 5])]

  /// An operator whose last operands are lists of whole numbers.
  private static func sized(
    _ name: String, _ shape: ShapeRule, _ inputs: [ValueType], _ lists: [[Int]] = [],
    scalar: Int? = nil, gives output: Shape, evaluation: Evaluation? = nil
  ) -> OperatorDefinition {
    let numbers = scalar.map { [TensorValue(scalar: $0)] } ?? lists.map { TensorValue($0) }
    let values = inputs.map { _ in TensorValue?.none } + numbers
    return OperatorDefinition(
      .tflite(name), shape: shape, evaluation: evaluation,
      example: Example(
        OperatorCall(
          inputs + numbers.map { .tensor($0.type) }, values: values,
          declaredOutputs: [.tensor(.float32, output)]),
        [.tensor(.float32, output)]))
  }
}
