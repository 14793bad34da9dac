import ModelGraph

/// What LiteRT's optimised kernels ask for besides their outputs.
///
/// <https://github.com/google-ai-edge/LiteRT/tree/main/tflite/kernels>
enum LiteRTBuffers {
  static func buffers(of call: KernelCall) -> [KernelBuffer] { rules[call.name]?(call) ?? [] }

  /// To add a kernel, name its rule here.
  private static let rules: [String: KernelBufferRule] = [
    "CONV_2D": convolution, "DEPTHWISE_CONV_2D": depthwiseConvolution, "CONV_3D": volume,
    "TRANSPOSE_CONV": transposedConvolution,
    "CONV_3D_TRANSPOSE": { _ in [] },
    "FULLY_CONNECTED": fullyConnected, "BATCH_MATMUL": batchProduct, "SVDF": svdf,
    "RNN": recurrence, "UNIDIRECTIONAL_SEQUENCE_RNN": recurrence,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": sequenceLSTM, "LSTM": lstm,
    "BIDIRECTIONAL_SEQUENCE_LSTM": bidirectionalLSTM,
    "BIDIRECTIONAL_SEQUENCE_RNN": bidirectionalRecurrence,
    "MEAN": accumulatingReduction, "SUM": accumulatingReduction,
    "REDUCE_PROD": accumulatingReduction, "REDUCE_MAX": reduction, "REDUCE_MIN": reduction,
    "REDUCE_ANY": reduction, "REDUCE_ALL": reduction,
    "ADD_N": sumOfMany, "RFFT2D": fourierTransform,
    "TFLite_Detection_PostProcess": detection,
  ]

  /// The partial sums of each thread; two operands for each, as many threads as the machine gives one
  /// interpreter by default.
  private static let sumOfMany: KernelBufferRule = { call in
    guard let type = call.input(0) else { return [] }
    return [.elements(type.elementCount, of: type.dataType)]
  }

  /// Decoded boxes and scores.
  private static let detection: KernelBufferRule = { call in
    [
      .elements(call.size(0, 1), 4, of: .float32),
      .elements(call.size(1, 1), call.size(1, 2), of: .float32),
    ]
  }

  /// The working areas of Ooura's routine, rows of pointers and rows of numbers.
  private static let fourierTransform: KernelBufferRule = { call in
    guard let output = call.output(), output.rank >= 2, call.isConstantInput(1) else { return [] }
    let height = output.shape[output.rank - 2]
    let width = 2 * (output.shape[output.rank - 1] - 1)
    let length = max(height, width / 2, 0)
    let root = Int(Double(length).squareRoot())
    return [
      .elements(2 + root, of: .int32), .elements(length / 2 + width / 4, of: .int64),
      .elements(height, of: .int64), .elements(height, width + 2, of: .int64),
    ]
  }
}
