import ModelGraph

extension TrainingRule {
  /// Batch normalization by cuDNN, which keeps mean and inverse deviation of the batch.
  static let batchNormalization = TrainingRule { dispatcher, call in
    guard let input = call.input(0), call.outputs.first != nil else { return [] }
    let (weight, bias) = (call.input(1), call.input(2))
    let kernel = "cudnn_batch_norm"
    let x = dispatcher.dense(input, as: input.layout)
    let y = dispatcher.make(x.layout, by: kernel)
    guard dispatcher.environment.isTraining else { return [y] }
    let statistics = TensorType(.float32, [x.shape.count > 1 ? x.shape[1] : 1])
    let mean = dispatcher.make(statistics, by: kernel)
    let deviation = dispatcher.make(statistics, by: kernel)
    dispatcher.record(
      "CudnnBatchNormBackward0", from: [input, weight, bias], to: [y],
      saving: [x, weight, mean, deviation]
    ) { dispatcher, call in
      guard let incoming = call.gradient else { return [nil, nil, nil] }
      let kernel = "cudnn_batch_norm_backward"
      _ = dispatcher.dense(incoming, as: x.layout)
      let gradient = dispatcher.make(x.layout, by: kernel)
      let others = [weight, bias].map { tensor in
        tensor.map { dispatcher.make($0.layout.type, by: kernel) }
      }
      return [gradient] + others
    }
    return [y]
  }

  /// Layer normalization, which keeps mean and inverse deviation of each row.
  static let layerNormalization = TrainingRule { dispatcher, call in
    guard let given = call.input(0), let shape = call.outputs.first?.shape else { return [] }
    let input = dispatcher.raised(given)
    let type = TensorType(input.dataType, shape)
    let (weight, bias) = (call.input(1), call.input(2))
    let axis = (try? OperatorCall.axis(call.attributes.integer("axis") ?? -1, rank: type.rank)) ?? 0
    let kernel = "native_layer_norm"
    let x = dispatcher.contiguous(input)
    let y = dispatcher.make(TensorLayout(type), by: kernel)
    let rows = TensorType(
      .float32, type.shape.prefix(axis) + Array(repeating: 1, count: type.rank - axis))
    let mean = dispatcher.make(rows, by: kernel)
    let deviation = dispatcher.make(rows, by: kernel)
    dispatcher.record(
      "NativeLayerNormBackward0", from: [input, weight, bias], to: [y],
      saving: [input, weight, bias, mean, deviation]
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil, nil] }
      let kernel = "native_layer_norm_backward"
      _ = call.saved.first.map { dispatcher.contiguous($0) }
      let gradients = zip([input, weight, bias], call.needs).map { tensor, need in
        need ? tensor.map { dispatcher.make($0.layout.type, by: kernel) } : nil
      }
      _ = dispatcher.contiguous(gradient)
      return gradients
    }
    return [y]
  }
}
