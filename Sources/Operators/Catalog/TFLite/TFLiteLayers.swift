// The layers of TensorFlow Lite: images are `[N, H, W, C]`, options have the schema's names.

import ModelGraph

extension OperatorName {
  /// An operator of TensorFlow Lite.
  static func tflite(_ name: String) -> OperatorName { OperatorName(name, domain: "tflite") }
}

extension OperatorDefinition {
  static let tfliteLayers: [OperatorDefinition] = [
    tfliteConvolution, tfliteDepthwiseConvolution, tfliteVolume, tfliteTransposedConvolution,
    tfliteFullyConnected, tfliteBatchProduct, tfliteSVDF, tfliteLSTM, tfliteSequenceLSTM,
    tfliteRecurrence, tfliteSequenceRecurrence, tfliteEmbedding,
    tflitePooling("AVERAGE_POOL_2D"), tflitePooling("MAX_POOL_2D"), tflitePooling("L2_POOL_2D"),
  ]

  static let tfliteConvolution = OperatorDefinition(
    .tflite("CONV_2D"),
    shape: .tfliteConvolution,
    work: .tfliteConvolution,
    layer: LayerRule { call in
      guard let input = try? call.shape(0), let weights = try? call.shape(1) else {
        return .convolution
      }
      return input.last == weights.last ? .convolution : .groupedConvolution
    },
    example: .float32(
      [1, 224, 224, 3], [32, 3, 3, 3], [32],
      attributes: ["stride_w": .integer(2), "stride_h": .integer(2)], gives: [1, 112, 112, 32]))

  static let tfliteDepthwiseConvolution = OperatorDefinition(
    .tflite("DEPTHWISE_CONV_2D"),
    shape: .tfliteDepthwiseConvolution,
    work: .tfliteDepthwiseConvolution,
    layer: .always(.depthwiseConvolution),
    example: .float32(
      [1, 112, 112, 32], [1, 3, 3, 32], [32], attributes: ["padding": .integer(1)],
      gives: [1, 110, 110, 32]))

  static let tfliteVolume = OperatorDefinition(
    .tflite("CONV_3D"),
    shape: .tfliteVolume,
    work: .tfliteVolume,
    layer: .always(.convolution),
    example: .float32([1, 8, 32, 32, 3], [3, 3, 3, 3, 16], gives: [1, 8, 32, 32, 16]))

  static let tfliteTransposedConvolution = OperatorDefinition(
    .tflite("TRANSPOSE_CONV"),
    shape: .tfliteTransposedConvolution,
    work: .tfliteTransposedConvolution,
    layer: .always(.transposedConvolution),
    example: Example(
      OperatorCall(
        [
          .tensor(.int32, [4]), .tensor(.float32, [8, 2, 2, 16]), .tensor(.float32, [2, 7, 7, 16]),
        ], values: [TensorValue([1, 14, 14, 8])]),
      [.tensor(.float32, [2, 14, 14, 8])]))

  static let tfliteFullyConnected = OperatorDefinition(
    .tflite("FULLY_CONNECTED"),
    shape: .tfliteFullyConnected,
    work: .tfliteFullyConnected,
    layer: .always(.linear),
    example: .float32([2, 7, 7, 64], [10, 3136], [10], gives: [2, 10]))

  static let tfliteBatchProduct = OperatorDefinition(
    .tflite("BATCH_MATMUL"),
    shape: .tfliteBatchProduct,
    work: .tfliteBatchProduct,
    layer: .always(.linear),
    example: .float32(
      [2, 4, 16, 8], [2, 4, 16, 8], attributes: ["adj_y": .integer(1)], gives: [2, 4, 16, 16]))

  static let tfliteSVDF = OperatorDefinition(
    .tflite("SVDF"),
    shape: .tfliteSVDF,
    work: .tfliteWeights(1...2),
    layer: .always(.recurrent),
    example: .float32(
      [1, 40], [64, 40], [64, 8], [32], [1, 512], attributes: ["rank": .integer(2)],
      gives: [1, 32]))

  static let tfliteLSTM = OperatorDefinition(
    .tflite("LSTM"),
    shape: .tfliteLSTM,
    work: .tfliteWeights(1...8),
    layer: .always(.recurrent),
    example: lstmExample([2, 28], gives: [2, 20]))

  static let tfliteSequenceLSTM = OperatorDefinition(
    .tflite("UNIDIRECTIONAL_SEQUENCE_LSTM"),
    shape: .tfliteLSTM,
    work: .tfliteWeights(1...8),
    layer: .always(.recurrent),
    example: lstmExample([2, 16, 28], gives: [2, 16, 20]))

  static let tfliteRecurrence = OperatorDefinition(
    .tflite("RNN"),
    shape: .tfliteRecurrence,
    work: .tfliteWeights(1...2),
    layer: .always(.recurrent),
    example: .float32([2, 8], [16, 8], [16, 16], [16], [2, 16], gives: [2, 16]))

  static let tfliteSequenceRecurrence = OperatorDefinition(
    .tflite("UNIDIRECTIONAL_SEQUENCE_RNN"),
    shape: .tfliteRecurrence,
    work: .tfliteWeights(1...2),
    layer: .always(.recurrent),
    example: .float32([2, 5, 8], [16, 8], [16, 16], [16], [2, 16], gives: [2, 5, 16]))

  static let tfliteEmbedding = OperatorDefinition(
    .tflite("EMBEDDING_LOOKUP"),
    shape: ShapeRule.tensor { call throws(ShapeError) in
      let shape = try call.shape(0) + call.shape(1).dropFirst()
      return TensorType(try call.declaredType(orOf: 1), shape)
    },
    layer: .always(.embedding),
    example: Example(
      OperatorCall([.tensor(.int32, [7]), .tensor(.float32, [1000, 64])]),
      [.tensor(.float32, [7, 64])]))

  private static func tflitePooling(_ name: String) -> OperatorDefinition {
    OperatorDefinition(
      .tflite(name),
      shape: .tflitePooling,
      work: .tflitePooling,
      example: .float32(
        [1, 112, 112, 64],
        attributes: [
          "stride_w": .integer(2), "stride_h": .integer(2), "filter_w": .integer(3),
          "filter_h": .integer(3),
        ], gives: [1, 56, 56, 64]))
  }

  /// An LSTM of 20 units; the 19th operand is its state.
  private static func lstmExample(_ input: Shape, gives output: Shape) -> Example {
    let weights: [ValueType?] = Array(repeating: .tensor(.float32, [20, 28]), count: 4)
    let recurrent: [ValueType?] = Array(repeating: .tensor(.float32, [20, 20]), count: 4)
    let none: [ValueType?] = Array(repeating: nil, count: 9)
    let state = ValueType.tensor(.float32, [2, 20])
    return Example(
      OperatorCall([.tensor(.float32, input)] + weights + recurrent + none + [state, state]),
      [.tensor(.float32, output)])
  }
}
