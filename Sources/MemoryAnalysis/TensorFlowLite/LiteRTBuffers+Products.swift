import ModelGraph

extension LiteRTBuffers {
  /// Inputs quantised on the fly, their scales and offsets, the sums, and the weights' row sums.
  static let fullyConnected: KernelBufferRule = { call in
    guard let input = call.input(0), let weights = call.input(1), weights.rank == 2,
      input.dataType == .float32, [.uint8, .int8, .int4, .int2].contains(weights.dataType),
      weights.shape[1] > 0
    else { return [] }
    let units = weights.shape[0]
    let batch = input.elementCount / weights.shape[1]
    if weights.dataType == .int4, call.isConstantInput(1), batch > 0, weights.shape[1] % 2 == 0,
      weights.shape[1] >= 32, units >= 4
    {
      return packedFullyConnected(batch: batch, depth: weights.shape[1], units: units)
    }
    return [
      .elements(input.elementCount, of: .int8), .elements(batch, of: .float32),
      .elements(units, batch, of: .int32), .elements(batch, of: .int32),
      .elements(units, of: .int32, in: .session),
    ]
  }

  /// Rows, columns and depth rounded up to the tiles of the kernel for weights of four bits, as on
  /// processors with SSE.
  private static func packedFullyConnected(batch: Int, depth: Int, units: Int) -> [KernelBuffer] {
    let tile = batch >= 4 ? 4 : batch >= 2 ? 2 : 1
    let rows = batch.roundedUp(toMultipleOf: tile)
    return [
      .elements(rows, depth.roundedUp(toMultipleOf: 32), of: .int8), .elements(rows, of: .float32),
      .elements(rows, units.roundedUp(toMultipleOf: 4), of: .int32), .elements(rows, of: .int32),
    ]
  }

  /// Both operands turned round, whether they need it or not.
  static let batchProduct: KernelBufferRule = { call in
    guard let left = call.input(0), let right = call.input(1), left.rank >= 2, right.rank >= 2
    else { return [] }
    let place: KernelBuffer.Place = call.isConstantInput(1) ? .session : .arena
    var buffers: [KernelBuffer] = [
      .elements(left.elementCount, of: left.dataType),
      .elements(right.elementCount, of: right.dataType, in: place),
    ]
    guard left.dataType == .float32, right.dataType == .int8 else { return buffers }
    let rows = call.attributes.flag("adj_x") ? call.size(0, -1) : call.size(0, -2)
    let units = call.attributes.flag("adj_y") ? call.size(1, -2) : call.size(1, -1)
    let batches = Shape(left.shape.dropLast(2)).elementCount
    buffers += [
      .elements(left.elementCount, of: .int8), .elements(batches, rows, of: .float32),
      .elements(units, rows, of: .int32), .elements(batches, rows, of: .int32),
      .elements(Shape(right.shape.dropLast(2)).elementCount, units, of: .int32, in: .session),
    ]
    return buffers
  }

  /// The indices, the axes and, in `accumulatingReduction`, the wide sums.
  static let reduction: KernelBufferRule = { call in
    guard let input = call.input(0) else { return [] }
    var buffers: [KernelBuffer] = [.elements(input.rank, of: .int32)]
    if call.isConstantInput(1), let axes = call.input(1) {
      buffers.append(.elements(axes.elementCount, of: .int32))
    }
    if call.isConstantInput(0) { buffers.append(.elements(input.rank, of: .int32)) }
    return buffers
  }

  static let accumulatingReduction: KernelBufferRule = { call in
    guard let input = call.input(0), let output = call.output(), call.isConstantInput(1) else {
      return reduction(call)
    }
    let type: DataType =
      switch input.dataType {
      case .int32, .int64: .int64
      case .uint8, .int8, .int16: .int32
      default: input.dataType
      }
    return reduction(call) + [.elements(output.elementCount, of: type)]
  }
}
