import ModelGraph

extension LiteRTBuffers {
  /// The windows written out as a matrix, unless they are single elements.
  ///
  /// With more threads than one, the default, another kernel would keep the weights turned instead.
  static let convolution: KernelBufferRule = { call in
    guard let input = call.input(0), let weights = call.input(1), let output = call.output(),
      input.rank == 4, weights.rank == 4, output.rank == 4
    else { return [] }
    let isHybrid = input.dataType == .float32 && [.uint8, .int8, .int4].contains(weights.dataType)
    var buffers: [KernelBuffer] = []
    let hasWindows =
      call.strides("dilation_w", "dilation_h", "stride_w", "stride_h") || weights.shape[1] != 1
      || weights.shape[2] != 1
    let positions = Shape(output.shape.prefix(3)).elementCount
    if hasWindows {
      let type = isHybrid ? (weights.dataType == .int4 ? .int8 : weights.dataType) : input.dataType
      let window = Shape(weights.shape.dropFirst()).elementCount
      buffers.append(.elements(positions, window, of: type))
    }
    return isHybrid ? buffers + hybridConvolution(call, input, weights, positions) : buffers
  }

  private static func hybridConvolution(
    _ call: KernelCall, _ input: TensorType, _ weights: TensorType, _ positions: Int
  ) -> [KernelBuffer] {
    let groups = weights.shape[3] > 0 ? input.shape[3] / weights.shape[3] : 1
    let rows = [Shape(input.shape.prefix(3)).elementCount, groups]
    let channels = weights.shape[0]
    var buffers: [KernelBuffer] = [
      .elements(input.elementCount, of: .int8), .elements(rows[0], rows[1], of: .float32),
      .elements(channels, positions, of: .int32),
    ]
    if weights.dataType != .uint8, call.scaleCount(1) > 1 {
      buffers.append(.elements(rows[0], rows[1], of: .int32))
      buffers.append(.elements(channels, of: .int32, in: .session))
    }
    return buffers
  }

  static let depthwiseConvolution: KernelBufferRule = { call in
    guard let input = call.input(0), let weights = call.input(1),
      input.dataType == .float32, weights.dataType == .int8
    else { return [] }
    let batch = call.size(0, 0)
    return [
      .elements(input.elementCount, of: .int8), .elements(batch, of: .float32),
      .elements(batch, of: .int32),
    ]
  }

  static let volume: KernelBufferRule = { call in
    guard let input = call.input(0), let weights = call.input(1), let output = call.output(),
      weights.rank == 5, output.rank == 5
    else { return [] }
    let isDilated = call.strides("dilation_d", "dilation_w", "dilation_h")
    let hasWindows =
      call.strides("stride_d", "stride_w", "stride_h")
      || weights.shape[..<3].contains { $0 != 1 }
    guard isDilated || hasWindows else { return [] }
    let positions = Shape(output.shape.prefix(4)).elementCount
    let window = Shape(weights.shape.prefix(4)).elementCount
    return [.elements(positions, window, of: input.dataType)]
  }

  /// The columns before they are added up, the turned weights and the wide sums lie on the heap.
  static let transposedConvolution: KernelBufferRule = { call in
    guard let weights = call.input(1), let input = call.input(2), weights.rank == 4,
      input.rank == 4
    else { return [] }
    let positions = Shape(input.shape[1..<3]).elementCount
    let columns = Shape(weights.shape.prefix(3)).elementCount
    var buffers: [KernelBuffer] = [.elements(positions, columns, of: .float32, in: .heap)]
    if call.isConstantInput(1) {
      buffers.append(.elements(weights.elementCount, of: weights.dataType, in: .kept))
    }
    if [.uint8, .int8, .int16].contains(input.dataType), let output = call.output() {
      let type: DataType = input.dataType == .int16 ? .int64 : .int32
      buffers.append(.elements(output.elementCount, of: type, in: .heap))
    }
    if input.dataType == .float32, weights.dataType == .int8 {
      let batch = input.shape[0]
      buffers += [
        .elements(input.elementCount, of: .int8), .elements(batch, of: .float32),
        .elements(batch, of: .int32),
      ]
    }
    return buffers
  }
}
