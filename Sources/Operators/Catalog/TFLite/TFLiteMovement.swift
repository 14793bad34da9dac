// Operators that move elements or reduce axes.

import ModelGraph

extension OperatorDefinition {
  static let tfliteMovement: [OperatorDefinition] =
    [
      moving(
        "RESHAPE", .tfliteReshape, [2, 3, 4], settings: [2, -1], gives: [2, 12], isView: true,
        frozenSizes: .reshape),
      moving(
        "EXPAND_DIMS", .tfliteExpandDims, [2, 3], settings: [1], gives: [2, 1, 3], isView: true),
      moving(
        "TRANSPOSE", .tfliteTranspose, [2, 3, 4], settings: [2, 0, 1], gives: [4, 2, 3],
        evaluation: .tfliteTranspose),
      moving("PAD", .tflitePad, [2, 3], settings: [0, 0, 1, 2], gives: [2, 6]),
      moving("PADV2", .tflitePad, [2, 3], settings: [0, 0, 1, 2], gives: [2, 6]),
      moving("MIRROR_PAD", .tflitePad, [2, 3], settings: [0, 0, 1, 2], gives: [2, 6]),
      moving(
        "RESIZE_BILINEAR", .tfliteResize, [1, 4, 4, 8], settings: [8, 6], gives: [1, 8, 6, 8]),
      moving(
        "RESIZE_NEAREST_NEIGHBOR", .tfliteResize, [1, 4, 4, 8], settings: [8, 6],
        gives: [1, 8, 6, 8]),
      moving("TILE", .tfliteTile, [2, 3], settings: [1, 4], gives: [2, 12], evaluation: .tile),
      moving(
        "BROADCAST_TO", .tfliteBroadcastTo, [1, 3], settings: [5, 3], gives: [5, 3],
        evaluation: .expand),
      moving("ARG_MAX", .tfliteArgument, [2, 3, 4], settings: [1], gives: [2, 4]),
      moving("ARG_MIN", .tfliteArgument, [2, 3, 4], settings: [-1], gives: [2, 3]),
    ]
    + [
      ("MEAN", .reducedMean), ("SUM", .reducedSum), ("REDUCE_PROD", .reducedProduct),
      ("REDUCE_MAX", .reducedMaximum), ("REDUCE_MIN", .reducedMinimum), ("REDUCE_ANY", nil),
      ("REDUCE_ALL", nil),
    ].map { (name: String, evaluation: Evaluation?) in
      moving(
        name, .tfliteReduction, [1, 7, 7, 64], settings: [1, 2], gives: [1, 64],
        evaluation: evaluation)
    }
    + [
      tfliteSqueeze, tfliteConcatenation, tfliteGather, tflitePack, tfliteUnpack, tfliteSplit,
      tfliteSlice, tfliteStridedSlice, tfliteDepthToSpace, tfliteSpaceToDepth, tfliteShape,
      tfliteRank, tfliteFill,
    ]

  static let tfliteSqueeze = OperatorDefinition(
    .tflite("SQUEEZE"), shape: .tfliteSqueeze, evaluation: .sameElements,
    aliases: [.firstOfFirst],
    example: .float32(
      [1, 1, 1, 64], attributes: ["squeeze_dims": .integers([1, 2])], gives: [1, 64]))

  static let tfliteConcatenation = OperatorDefinition(
    .tflite("CONCATENATION"), shape: .tfliteConcatenation, evaluation: .joining(defaultAxis: 0),
    example: .float32([2, 3], [2, 5], attributes: ["axis": .integer(-1)], gives: [2, 8]))

  static let tfliteGather = OperatorDefinition(
    .tflite("GATHER"), shape: .tfliteGather, evaluation: .tfliteGather,
    layer: .always(.embedding),
    example: .float32([2, 10, 4], [2, 3], attributes: ["axis": .integer(1)], gives: [2, 2, 3, 4]))

  static let tflitePack = OperatorDefinition(
    .tflite("PACK"), shape: .tflitePack, evaluation: .tflitePack,
    example: .float32([2, 3], [2, 3], attributes: ["axis": .integer(1)], gives: [2, 2, 3]))

  static let tfliteUnpack = OperatorDefinition(
    .tflite("UNPACK"), shape: .tfliteUnpack, evaluation: .tfliteUnpack,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [2, 3])], attributes: ["axis": .integer(0)], outputCount: 2),
      [.tensor(.float32, [3]), .tensor(.float32, [3])]))

  static let tfliteSplit = OperatorDefinition(
    .tflite("SPLIT"), shape: .tfliteSplit, evaluation: .tfliteSplit(of: 1, axis: 0),
    example: Example(
      OperatorCall(
        [.tensor(.int32, []), .tensor(.float32, [2, 6])],
        values: [TensorValue(scalar: 1)], attributes: ["num_splits": .integer(2)],
        outputCount: 2),
      [.tensor(.float32, [2, 3]), .tensor(.float32, [2, 3])]))

  static let tfliteSlice = OperatorDefinition(
    .tflite("SLICE"), shape: .tfliteSlice, evaluation: .tfliteSlice,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [4, 6]), .tensor(.int32, [2]), .tensor(.int32, [2])],
        values: [nil, TensorValue([1, 2]), TensorValue([2, -1])]),
      [.tensor(.float32, [2, 4])]))

  static let tfliteStridedSlice = OperatorDefinition(
    .tflite("STRIDED_SLICE"), shape: .tfliteStridedSlice, evaluation: .tfliteStridedSlice,
    example: Example(
      OperatorCall(
        [
          .tensor(.float32, [4, 6]), .tensor(.int32, [2]), .tensor(.int32, [2]),
          .tensor(.int32, [2]),
        ],
        values: [nil, TensorValue([0, 1]), TensorValue([0, 6]), TensorValue([1, 2])],
        attributes: ["end_mask": .integer(1)]),
      [.tensor(.float32, [4, 3])]))

  static let tfliteDepthToSpace = OperatorDefinition(
    .tflite("DEPTH_TO_SPACE"), shape: .tfliteBlocks(growsChannels: false),
    example: .float32(
      [1, 4, 4, 16], attributes: ["block_size": .integer(2)], gives: [1, 8, 8, 4]))

  static let tfliteSpaceToDepth = OperatorDefinition(
    .tflite("SPACE_TO_DEPTH"), shape: .tfliteBlocks(growsChannels: true),
    example: .float32(
      [1, 8, 8, 4], attributes: ["block_size": .integer(2)], gives: [1, 4, 4, 16]))

  static let tfliteShape = OperatorDefinition(
    .tflite("SHAPE"), shape: .tfliteShapeOf, evaluation: .tfliteShapeOf,
    example: Example(
      OperatorCall(
        [.tensor(.float32, [4, 6, 2])], declaredOutputs: [.tensor(.int32, [3])]),
      [.tensor(.int32, [3])]))

  static let tfliteRank = OperatorDefinition(
    .tflite("RANK"), shape: .tfliteScalar, evaluation: .tfliteRank,
    example: Example(
      OperatorCall([.tensor(.float32, [4, 6, 2])], declaredOutputs: [.tensor(.int32, [])]),
      [.tensor(.int32, [])]))

  static let tfliteFill = OperatorDefinition(
    .tflite("FILL"), shape: .tfliteFill, evaluation: .tfliteFill,
    example: Example(
      OperatorCall(
        [.tensor(.int32, [2]), .tensor(.float32, [])], values: [TensorValue([4, 5])],
        declaredOutputs: [.tensor(.float32, [4, 5])]),
      [.tensor(.float32, [4, 5])]))

  /// An operator whose second operand is a list of whole numbers.
  private static func moving(
    _ name: String, _ shape: ShapeRule, _ input: Shape, settings: [Int], gives output: Shape,
    evaluation: Evaluation? = nil, isView: Bool = false, frozenSizes: FrozenSizes? = nil
  ) -> OperatorDefinition {
    OperatorDefinition(
      .tflite(name), shape: shape, evaluation: isView ? .sameElements : evaluation,
      aliases: isView ? [.firstOfFirst] : [], frozenSizes: frozenSizes,
      example: Example(
        OperatorCall(
          [.tensor(.float32, input), .tensor(.int32, [settings.count])],
          values: [nil, TensorValue(settings)]),
        [.tensor(.float32, output)]))
  }
}
