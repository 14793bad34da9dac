import ModelGraph

/// A window over images of `[N, H, W, C]`, as TensorFlow Lite's options say it.
private struct TFLiteWindow {
  let call: OperatorCall

  /// `⌈in / stride⌉`, or without padding `⌈(in − extent + 1) / stride⌉`.
  func outputSize(
    _ input: Int, kernel: Int, stride: String, dilation: String
  ) throws(ShapeError) -> Int {
    let stride = try call.positive(stride, default: 1)
    let dilation = try call.positive(dilation, default: 1)
    let extent = try kernel.minus(1).times(dilation).plus(1)
    let isPadded = call.attributes.integer("padding") ?? 0 == 0
    let positions = isPadded ? input : try input.minus(extent).plus(1)
    return positions <= 0 ? 0 : positions.dividedRoundingUp(by: stride)
  }
}

extension ShapeRule {
  /// Input `[N, H, W, C]` and weights `[M, h, w, C / groups]` give `[N, H′, W′, M]`.
  static let tfliteConvolution = tfliteConvolution { $0[0] }

  /// Input `[N, H, W, C]` and weights `[1, h, w, M]` give `[N, H′, W′, M]`.
  static let tfliteDepthwiseConvolution = tfliteConvolution { $0[3] }

  private static func tfliteConvolution(
    channels: @escaping @Sendable (Shape) -> Int
  ) -> ShapeRule {
    .tensor { call throws(ShapeError) in
      let input = try call.tensor(0, rank: 4)
      let weights = try call.tensor(1, rank: 4).shape
      let spatial = try tfliteImageSizes(call, input.shape, [weights[1], weights[2]])
      return TensorType(input.dataType, [input.shape[0]] + spatial + [channels(weights)])
    }
  }

  /// Input `[N, H, W, C]` gives `[N, H′, W′, C]`.
  static let tflitePooling = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0, rank: 4)
    let kernel = [
      try call.positive("filter_h", default: 1), try call.positive("filter_w", default: 1),
    ]
    let spatial = try tfliteImageSizes(call, input.shape, kernel)
    return TensorType(input.dataType, [input.shape[0]] + spatial + [input.shape[3]])
  }

  /// Input `[N, D, H, W, C]` and weights `[d, h, w, C, M]` give `[N, D′, H′, W′, M]`.
  static let tfliteVolume = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0, rank: 5)
    let weights = try call.tensor(1, rank: 5).shape
    var sizes: [Int] = []
    for (axis, letter) in ["d", "h", "w"].enumerated() {
      sizes.append(
        try TFLiteWindow(call: call).outputSize(
          input.shape[axis + 1], kernel: weights[axis], stride: "stride_\(letter)",
          dilation: "dilation_\(letter)"))
    }
    return TensorType(input.dataType, [input.shape[0]] + sizes + [weights[4]])
  }

  /// The first operand says the shape; the batch is that of the images, the third operand.
  static let tfliteTransposedConvolution = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(2)
    guard var shape = try call.integers(0) else { throw .missingInput(0) }
    if shape.count == 4, input.rank == 4 { shape[0] = input.shape[0] }
    return TensorType(input.dataType, shape)
  }

  /// Input of `[…, C]` and weights `[M, C]` give `[N, M]`, or `[…, M]` if the axes are kept.
  static let tfliteFullyConnected = ShapeRule { call throws(ShapeError) in
    let input = try call.tensor(0)
    let weights = try call.tensor(1, rank: 2).shape
    guard weights[1] > 0, !call.attributes.flag("weights_format") else {
      throw .unsupported("shuffled weights")
    }
    // The runtime's result has the type of the declared output: 16 bits may come of 8.
    let type = try call.declaredType(orOf: 0)
    if call.attributes.flag("keep_num_dims"), input.rank > 0 {
      return [.tensor(type, input.shape.dropLast() + [weights[0]])]
    }
    return [.tensor(type, [input.elementCount / weights[1], weights[0]])]
  }
}

/// The height and the width after a window.
private func tfliteImageSizes(
  _ call: OperatorCall, _ input: Shape, _ kernel: [Int]
) throws(ShapeError) -> [Int] {
  let window = TFLiteWindow(call: call)
  return [
    try window.outputSize(
      input[1], kernel: kernel[0], stride: "stride_h", dilation: "dilation_h"),
    try window.outputSize(
      input[2], kernel: kernel[1], stride: "stride_w", dilation: "dilation_w"),
  ]
}

extension WorkRule {
  /// Each output element takes one product with each weight of its filter `[h, w, C / groups]`.
  static let tfliteConvolution = WorkRule { call, outputs in
    guard let weights = try? call.shape(1), weights.count == 4 else { return .zero }
    return products(outputs, Shape(weights.dropFirst()).elementCount)
  }

  static let tfliteDepthwiseConvolution = WorkRule { call, outputs in
    guard let weights = try? call.shape(1), weights.count == 4 else { return .zero }
    return products(outputs, saturatingProduct(weights[1], weights[2]))
  }

  static let tfliteVolume = WorkRule { call, outputs in
    guard let weights = try? call.shape(1), weights.count == 5 else { return .zero }
    return products(outputs, Shape(weights.prefix(4)).elementCount)
  }

  /// Each input element takes one product with each weight `[M, h, w]` of its channel.
  static let tfliteTransposedConvolution = WorkRule { call, _ in
    guard let weights = try? call.shape(1), let input = try? call.tensor(2) else { return .zero }
    return Work(
      multiplyAccumulates: saturatingProduct(
        input.elementCount, Shape(weights.prefix(3)).elementCount))
  }

  static let tfliteFullyConnected = WorkRule { call, outputs in
    guard let weights = try? call.shape(1), weights.count == 2 else { return .zero }
    return products(outputs, weights[1])
  }

  static let tflitePooling = WorkRule { call, outputs in
    let width = max(1, call.attributes.integer("filter_w") ?? 1)
    let height = max(1, call.attributes.integer("filter_h") ?? 1)
    return Work(
      elementwise: saturatingProduct(outputs.first?.elementCount ?? 0, width, height))
  }

  private static func products(_ outputs: [ValueType], _ depth: Int) -> Work {
    Work(multiplyAccumulates: saturatingProduct(outputs.first?.elementCount ?? 0, depth))
  }
}
