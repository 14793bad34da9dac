import ModelGraph

extension TrainingRule {
  /// The largest of each window, with the positions.
  static let maxPool = TrainingRule.unary { dispatcher, input, call in
    guard let type = call.outputs.first else { return input }
    let kernel = "max_pool2d_with_indices"
    let y = dispatcher.make(
      input.layout.suggested(TensorType(input.dataType, type.shape)), by: kernel)
    let indices = dispatcher.make(
      input.layout.suggested(TensorType(.int64, type.shape)), by: kernel)
    let x = dispatcher.temporarilyDense(input, as: input.layout)
    dispatcher.record(
      "MaxPool2DWithIndicesBackward0", from: [input], to: [y], saving: [input, indices]
    ) { dispatcher, call in
      guard let incoming = call.gradient else { return [nil] }
      let made = dispatcher.gradient(like: x, of: incoming, by: "\(kernel)_backward")
      // The kernel reads the input dense, too.
      if let saved = call.saved.first, saved.shape == input.shape {
        dispatcher.drop(dispatcher.temporarilyDense(saved, as: saved.layout), ifCopyOf: saved)
      }
      return [made]
    }
    return y
  }

  static let averagePool = pooling("avg_pool2d", makesOutputFirst: true)
  static let adaptiveAveragePool = pooling("_adaptive_avg_pool2d", makesOutputFirst: false)

  /// An image resampled, in single precision under autocast; the gradient is made dense once there is room for the
  /// result.
  static let resampling = TrainingRule.unary { dispatcher, given, call in
    guard let type = call.outputs.first else { return given }
    let input = dispatcher.raised(given)
    let kernel = call.attributes.string("kernel") ?? "upsample"
    let y = dispatcher.make(
      input.layout.suggested(TensorType(input.dataType, type.shape)), by: kernel)
    if kernel.contains("nearest") || kernel == "upsample_bilinear2d" {
      dispatcher.drop(dispatcher.temporarilyDense(input, as: input.layout), ifCopyOf: input)
    }
    dispatcher.record("UpsampleBackward0", from: [input], to: [y]) { dispatcher, call in
      guard let incoming = call.gradient else { return [nil] }
      let made = dispatcher.make(
        incoming.layout.suggested(input.layout.type), by: "\(kernel)_backward")
      let dense = dispatcher.temporarilyDense(incoming, as: incoming.layout)
      dispatcher.drop(dense, ifCopyOf: incoming)
      return [made]
    }
    return y
  }

  private static func pooling(_ kernel: String, makesOutputFirst: Bool) -> TrainingRule {
    .unary { dispatcher, input, call in
      guard let type = call.outputs.first else { return input }
      let layout = input.layout.suggested(TensorType(input.dataType, type.shape))
      let early = makesOutputFirst ? dispatcher.make(layout, by: kernel) : nil
      let x = dispatcher.temporarilyDense(input, as: input.layout)
      let y = early ?? dispatcher.make(layout, by: kernel)
      dispatcher.record("\(kernel)_backward", from: [input], to: [y], saving: [input]) {
        dispatcher, call in
        guard let incoming = call.gradient else { return [nil] }
        return [dispatcher.gradient(like: x, of: incoming, by: "\(kernel)_backward")]
      }
      return y
    }
  }

  /// The mean of each channel; that of rows is taken as of images of one row.
  static let globalAveragePool = TrainingRule.unary { dispatcher, x, _ in
    let y = dispatcher.mean(x, over: Set(x.shape.indices.dropFirst(2)), keepsAxes: true)
    guard x.layout.suggestsChannelsLast || x.layout.liesAsRowOfChannelsLast else { return y }
    // The result gets the strides of channels that lie last, whose gradient is a copy.
    let layout =
      y.shape.count == 4 ? TensorLayout(channelsLast: y.layout.type) : TensorLayout(y.layout.type)
    return dispatcher.view(y, as: layout, "AsStridedBackward1") { dispatcher, call in
      [call.gradient.map { dispatcher.make($0.layout.type, by: "as_strided") }]
    }
  }
}

extension Dispatcher {
  /// The gradient of what is pooled: the output's is made dense once there is room for the result.
  fileprivate mutating func gradient(
    like x: DispatchedTensor, of incoming: DispatchedTensor, by kernel: String
  ) -> DispatchedTensor {
    let made = make(x.layout, by: kernel)
    drop(temporarilyDense(incoming, as: x.layout), ifCopyOf: incoming)
    return made
  }
}

extension TensorLayout {
  /// Whether channels lie next to each other in rows, which makes images of one row of them whose channels lie last.
  fileprivate var liesAsRowOfChannelsLast: Bool {
    guard rank == 3 else { return false }
    let row = TensorType(dataType, [shape[0], shape[1], 1, shape[2]])
    let whole = saturatingProduct(shape[2], strides[2])
    return TensorLayout(row, strides: [strides[0], strides[1], whole, strides[2]])
      .suggestsChannelsLast
  }
}
