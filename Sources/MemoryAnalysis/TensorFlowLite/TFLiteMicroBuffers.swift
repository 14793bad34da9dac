import ModelGraph

/// What the reference kernels of TensorFlow Lite Micro ask for while their node runs, in order.
///
/// <https://github.com/tensorflow/tflite-micro/tree/main/tensorflow/lite/micro/kernels>
enum TFLiteMicroBuffers {
  static func byteCounts(of call: KernelCall) -> [Int] { rules[call.name]?(call) ?? [] }

  /// The buffers of one node, in bytes.
  private typealias Rule = @Sendable (KernelCall) -> [Int]

  /// The bytes of an `int` and of a pointer where TensorFlow Lite Micro was measured.
  private static let intSize = 4
  private static let pointerSize = 8

  /// To add a kernel, name its rule here.
  private static let rules: [String: Rule] = [
    "CONV_2D": unpackedWeights, "DEPTHWISE_CONV_2D": unpackedWeights,
    "FULLY_CONNECTED": unpackedWeights, "TRANSPOSE_CONV": transposedConvolution,
    "SVDF": svdf, "UNIDIRECTIONAL_SEQUENCE_LSTM": sequenceLSTM, "ADD_N": sumOfMany,
    "MIRROR_PAD": mirrorPad, "MEAN": accumulatingReduction, "SUM": accumulatingReduction,
    "REDUCE_MAX": reduction, "REDUCE_MIN": reduction, "REDUCE_ALL": reduction,
    "TFLite_Detection_PostProcess": detection, "SignalRfft": fourierTransform,
  ]

  /// Weights of four bits, one in each byte.
  private static let unpackedWeights: Rule = { call in
    guard let weights = call.input(1), weights.dataType == .int4 else { return [] }
    return [weights.elementCount]
  }

  /// Wide sums for the output; biases of 16 bits are widened before.
  private static let transposedConvolution: Rule = { call in
    guard let input = call.input(2), let output = call.output() else { return [] }
    switch input.dataType {
    case .int8: return [bytes(output.elementCount, 4)]
    case .int16:
      let bias = call.input(3)
      let widened = bias?.dataType == .int16 ? [bytes(bias?.elementCount ?? 0, 8)] : []
      return [bytes(output.elementCount, 8)] + widened
    default: return []
    }
  }

  private static let svdf: Rule = { call in
    let (batch, filters) = (call.size(0, 0), call.size(1, 0))
    let units = filters / max(1, call.attributes.integer("rank") ?? 1)
    let scratch = bytes(batch, filters, 4)
    return call.input(0)?.dataType == .int8 ? [scratch, bytes(batch, units, 4)] : [scratch]
  }

  /// One buffer for each gate, of the cell state's type.
  private static let sequenceLSTM: Rule = { call in
    guard let type = call.input(19)?.dataType else { return [] }
    let batch = call.size(0, call.attributes.flag("time_major") ? 1 : 0)
    return Array(repeating: bytes(batch, call.size(18, -1), type.layout.bytes), count: 4)
  }

  private static let sumOfMany: Rule = { call in
    let type = call.output()?.dataType
    return type == .float32 || type == .int8 ? [bytes(call.inputCount, pointerSize)] : []
  }

  private static let mirrorPad: Rule = { call in
    let rank = call.input(0)?.rank ?? 0
    return [bytes(rank, intSize), bytes(rank, intSize)]
  }

  /// The index of each axis, and the axes to go over.
  private static let reduction: Rule = { call in
    [bytes(call.input(0)?.rank ?? 0, intSize), bytes(call.input(1)?.elementCount ?? 0, intSize)]
  }

  private static let accumulatingReduction: Rule = { call in
    guard let input = call.input(0), let output = call.output() else { return [] }
    let isInteger = input.dataType == .int8 || input.dataType == .int16
    return (isInteger ? [bytes(output.elementCount, 4)] : []) + reduction(call)
  }

  private static let fourierTransform: Rule = { call in
    guard let input = call.input(0), let length = call.attributes.integer("fft_length") else {
      return []
    }
    return [bytes(length, input.dataType.layout.bytes)]
  }

  private static let detection: Rule = { call in
    let (boxes, classes) = (call.size(0, 1), call.size(1, 2))
    let attributes = call.attributes
    guard let detections = attributes.integer("max_detections"),
      let known = attributes.integer("num_classes")
    else { return [] }
    return [
      boxes, bytes(boxes, 4, 4), bytes(call.size(1, 1), classes, 4), bytes(boxes, 4),
      bytes(boxes, 4), bytes(detections, boxes, 4), bytes(detections, boxes, 4), bytes(boxes, 4),
      bytes(detections, boxes, 4), bytes(max(known, detections), boxes, 4),
      bytes(min(boxes, detections), boxes, 4),
    ]
  }

  /// The product of sizes, which in a file may be anything.
  private static func bytes(_ factors: Int...) -> Int {
    factors.contains { $0 < 0 } ? 0 : Shape(factors).elementCount
  }
}
