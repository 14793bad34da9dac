import ModelGraph

extension TrainingRule {
  /// The largest of each window, with the positions.
  static let maxPool = TrainingRule.unary { dispatcher, input, call in
    guard let type = call.outputs.first else { return input }
    let kernel = "max_pool2d_with_indices"
    let x = dispatcher.contiguous(input)
    let y = dispatcher.make(TensorType(x.dataType, type.shape), by: kernel)
    let indices = dispatcher.make(TensorType(.int64, type.shape), by: kernel)
    dispatcher.record(
      "MaxPool2DWithIndicesBackward0", from: [input], to: [y], saving: [x, indices]
    ) { dispatcher, call in
      guard let incoming = call.gradient else { return [nil] }
      _ = dispatcher.contiguous(incoming)
      return [dispatcher.make(x.layout.type, by: "max_pool2d_with_indices_backward")]
    }
    return y
  }

  static let averagePool = pooling("avg_pool2d")
  static let adaptiveAveragePool = pooling("_adaptive_avg_pool2d")

  private static func pooling(_ kernel: String) -> TrainingRule {
    .unary { dispatcher, input, call in
      guard let type = call.outputs.first else { return input }
      let x = dispatcher.contiguous(input)
      let y = dispatcher.make(TensorType(x.dataType, type.shape), by: kernel)
      dispatcher.record("\(kernel)_backward", from: [input], to: [y], saving: [x]) {
        dispatcher, call in
        guard let incoming = call.gradient else { return [nil] }
        _ = dispatcher.contiguous(incoming)
        return [dispatcher.make(x.layout.type, by: "\(kernel)_backward")]
      }
      return y
    }
  }

  /// The mean of each channel.
  static let globalAveragePool = TrainingRule.unary { dispatcher, x, _ in
    dispatcher.mean(x, over: Set(x.shape.indices.dropFirst(2)), keepsAxes: true)
  }
}
