import ModelGraph

extension LiteRTBuffers {
  static let svdf: KernelBufferRule = { call in
    guard let input = call.input(0), let weights = call.input(1), let time = call.input(2) else {
      return []
    }
    let (batch, filters) = (call.size(0, 0), call.size(1, 0))
    let units = filters / max(1, call.attributes.integer("rank") ?? 1)
    let isInteger = input.dataType == .int8
    let scratch = KernelBuffer.elements(batch, filters, of: isInteger ? .int32 : .float32)
    if call.isHybrid(weights: 1) {
      return [
        scratch, .elements(input.elementCount, of: weights.dataType),
        .elements(batch, of: .float32),
        .elements(time.elementCount, of: .float32, in: .session),
        .elements(batch, of: .float32), .elements(filters, of: .float32, in: .session),
      ]
    }
    return isInteger ? [scratch, .elements(units, batch, of: .int32)] : [scratch]
  }

  static let recurrence: KernelBufferRule = { call in
    guard let input = call.input(0), let weights = call.input(1), call.isHybrid(weights: 1) else {
      return []
    }
    let isTimeMajor = call.name != "RNN" && call.attributes.flag("time_major")
    let batch = call.size(0, isTimeMajor ? 1 : 0)
    let units = call.size(1, 0)
    return [
      .elements(input.elementCount, of: weights.dataType),
      .elements(batch, units, of: weights.dataType), .elements(batch, of: .float32),
      .elements(units, batch, of: .int32), .elements(batch, of: .int32),
      .elements(2, units, of: .int32, in: .session),
    ]
  }

  static let sequenceLSTM: KernelBufferRule = { call in
    let isTimeMajor = call.attributes.flag("time_major")
    return LSTMSizes(call, batch: call.size(0, isTimeMajor ? 1 : 0), padding: 16).buffers
  }

  /// The full kernel as in a sequence of one; the basic one asks for nothing, its scratch are outputs.
  static let lstm: KernelBufferRule = { call in
    guard call.attributes.integer("kernel_type") ?? 0 == 0 else { return [] }
    return LSTMSizes(call, batch: call.size(0, 0), padding: 0).buffers
  }
}

/// The sizes that the buffers of an LSTM follow from.
private struct LSTMSizes {
  let call: KernelCall
  let batch: Int
  let cells: Int
  let padding: Int

  init(_ call: KernelCall, batch: Int, padding: Int) {
    self.call = call
    self.batch = batch
    self.padding = padding
    cells = call.size(4, 0)
  }

  private var gates: Int { call.hasInput(1) ? 4 : 3 }

  var buffers: [KernelBuffer] {
    guard let input = call.input(0), let weights = call.input(4) else { return [] }
    if input.dataType == .int8 || input.dataType == .int16 { return integer }
    let scratch = KernelBuffer.elements(batch, cells * (gates + 1) + padding, of: input.dataType)
    return call.isHybrid(weights: 4) ? [scratch] + hybrid(input, weights) : [scratch]
  }

  private var integer: [KernelBuffer] {
    let isNarrow = call.node.inputs.count > 0 && call.input(19)?.dataType != .int16
    guard !isNarrow || call.name != "LSTM" else { return narrow }
    return Array(repeating: .elements(batch, cells, of: .int16), count: 4) + [
      .elements(batch, cells, of: .int8), .elements(batch, cells, of: .int32),
    ]
  }

  /// What the kernel of eight bits throughout takes.
  private var narrow: [KernelBuffer] {
    Array(repeating: .elements(batch, cells, of: .int8), count: 2)
      + Array(repeating: .elements(batch, cells, of: .int16), count: 6)
  }

  private func hybrid(_ input: TensorType, _ weights: TensorType) -> [KernelBuffer] {
    let type = weights.dataType
    let perBatch = KernelBuffer.elements(batch, of: .float32)
    return [
      .elements(input.elementCount, of: type),
      .elements(call.input(18)?.elementCount ?? 0, of: type),
      .elements(call.input(19)?.elementCount ?? 0, of: type), perBatch, perBatch, perBatch,
      .elements(cells, of: .float32), .elements(cells, batch, of: .int32), perBatch, perBatch,
      .elements(rowSums, cells, of: .int32, in: .session),
    ]
  }

  /// Rows of sums: of two weights for each gate, and of the projection.
  private var rowSums: Int {
    let rows = 2 * gates
    guard call.hasInput(16), cells > 0 else { return rows }
    return rows + (call.size(18, -1) + cells - 1) / cells
  }
}
