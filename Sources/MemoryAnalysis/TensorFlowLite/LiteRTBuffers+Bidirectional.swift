import ModelGraph

extension LiteRTBuffers {
  /// The gates of both directions; of quantised weights also what both quantise on the fly.
  static let bidirectionalLSTM: KernelBufferRule = { call in
    guard let input = call.input(0), let weights = call.input(4) else { return [] }
    let batch = call.size(0, call.attributes.flag("time_major") ? 1 : 0)
    let cells = [call.size(4, 0), call.size(21, 0)]
    let gates = [call.hasInput(1) ? 4 : 3, call.hasInput(18) ? 4 : 3]
    let scratch: [KernelBuffer] = [
      .elements(batch, cells[0] * (gates[0] + 1) + 16, of: input.dataType),
      .elements(batch, cells[1] * (gates[1] + 1), of: input.dataType),
    ]
    guard call.isHybrid(weights: 4) else { return scratch }
    let states = [35, 37, 36, 38].map { index in
      KernelBuffer.elements(call.input(index)?.elementCount ?? 0, of: weights.dataType)
    }
    let perBatch = KernelBuffer.elements(batch, of: .float32)
    let hasAuxiliary = call.hasInput(39)
    let sums = zip(cells, zip(gates, [16, 33])).map { cells, rest -> KernelBuffer in
      var rows = rest.0 * (hasAuxiliary ? 3 : 2)
      if call.hasInput(rest.1), cells > 0 {
        let outputs = call.size(rest.1 == 16 ? 35 : 37, -1)
        rows += (outputs + cells - 1) / cells
      }
      return .elements(rows, cells, of: .int32, in: .session)
    }
    return scratch + [.elements(input.elementCount, of: weights.dataType)] + states
      + Array(repeating: perBatch, count: 4)
      + [
        .elements(cells[0], of: .float32),
        .elements(max(cells[0], cells[1]), batch, of: .int32),
      ] + Array(repeating: perBatch, count: 3) + sums
      + (hasAuxiliary
        ? [.elements(call.input(39)?.elementCount ?? 0, of: weights.dataType)] : [])
  }

  /// What both directions quantise on the fly; nothing of weights that are no whole numbers.
  static let bidirectionalRecurrence: KernelBufferRule = { call in
    guard let input = call.input(0), let weights = call.input(1), call.isHybrid(weights: 1) else {
      return []
    }
    let batch = call.size(0, call.attributes.flag("time_major") ? 1 : 0)
    let units = [call.size(1, 0), call.size(5, 0)]
    let hasAuxiliary = call.hasInput(9)
    let rows = hasAuxiliary ? 3 : 2
    return [
      .elements(input.elementCount, of: weights.dataType),
      .elements(call.input(4)?.elementCount ?? 0, of: weights.dataType),
      .elements(call.input(8)?.elementCount ?? 0, of: weights.dataType),
      .elements(batch, of: .float32),
      .elements(max(units[0], units[1]), batch, of: .int32), .elements(batch, of: .int32),
      .elements(rows, units[0], of: .int32, in: .session),
      .elements(rows, units[1], of: .int32, in: .session),
    ]
      + (hasAuxiliary
        ? [.elements(call.input(9)?.elementCount ?? 0, of: weights.dataType)] : [])
  }
}
