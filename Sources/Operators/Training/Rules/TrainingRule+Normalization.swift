import ModelGraph

extension TrainingRule {
  /// Batch normalization of each channel.
  static let batchNormalization = TrainingRule { dispatcher, call in
    guard let input = call.input(0), call.outputs.first != nil else { return [] }
    guard !call.isInEvaluation || !dispatcher.environment.isTraining else {
      return [dispatcher.batchNormalizedByState(input, call.inputs.dropFirst())]
    }
    return [dispatcher.batchNormalized(input, call.input(1), call.input(2))]
  }

  /// Batch normalization of one sample that has all channels of all samples, with repeated weights.
  ///
  /// Source: `instance_norm` of `ATen/native/Normalization.cpp`, PyTorch 2.15.
  static let instanceNormalization = TrainingRule { dispatcher, call in
    guard let input = call.input(0), input.shape.count >= 2 else { return [] }
    let channels = input.shape[0].multipliedReportingOverflow(by: input.shape[1])
    guard !channels.overflow else { return [] }
    let weights = [1, 2].map { place in
      call.input(place).map { dispatcher.repeated($0, to: [channels.partialValue]) }
    }
    let row = dispatcher.reshape(
      dispatcher.contiguous(input), [1, channels.partialValue] + input.shape.dropFirst(2))
    let y = dispatcher.batchNormalized(row, weights[0], weights[1])
    return [dispatcher.reshape(y, input.shape)]
  }

  /// A weight and its length apart; the lengths that the weight had are kept in single precision.
  ///
  /// Source: `ATen/native/cuda/WeightNorm.cu`, PyTorch 2.15; along an inner axis PyTorch composes it of
  /// other operators.
  static let weightNorm = TrainingRule { dispatcher, call in
    guard let v = call.input(0), let g = call.input(1), let axis = call.attributes.integer("axis"),
      axis == 0 || axis == v.shape.count - 1
    else { return [] }
    let kernel = "_weight_norm_interface"
    let weight = dispatcher.make(v.layout.densified(), by: kernel)
    let lengths = dispatcher.make(g.layout.densified(as: .float32), by: kernel)
    dispatcher.record(
      "WeightNormInterfaceBackward0", from: [v, g], to: [weight], saving: [v, g, lengths]
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      let dense = dispatcher.contiguous(gradient)
      let made = [v, g].map { dispatcher.make($0.layout.densified(), by: "\(kernel)_backward") }
      dispatcher.drop(dense, ifCopyOf: gradient)
      return made
    }
    return [weight]
  }

  /// Group normalization, which keeps mean and inverse deviation of each group.
  ///
  /// Source: `ATen/native/cuda/group_norm_kernel.cu`, PyTorch 2.15.
  static let groupNormalization = TrainingRule { dispatcher, call in
    guard let given = call.input(0), given.shape.count >= 2,
      let groups = call.attributes.integer("num_groups"), groups > 0, groups <= given.shape[1]
    else { return [] }
    let x = dispatcher.raised(given)
    let (weight, bias) = (call.input(1), call.input(2))
    let kernel = "native_group_norm"
    let y = dispatcher.make(x.layout.suggested(x.layout.type), by: kernel)
    let rows = TensorType(x.dataType, [x.shape[0], groups])
    let mean = dispatcher.make(rows, by: kernel)
    let deviation = dispatcher.make(rows, by: kernel)
    let dense = dispatcher.temporarilyDense(x, as: x.layout)
    let channels = 4 * x.shape[0] * x.shape[1]
    let isSpatial = x.shape.dropFirst(2).contains { $0 > 1 }
    // Half types have their statistics in single precision first.
    let isHalf = x.dataType.isHalf
    let wide = isHalf ? TensorType(.float32, rows.shape).byteCount.value : 0
    let folded = isSpatial && (weight != nil || bias != nil) ? channels : 0
    dispatcher.scratch(wide, wide, folded, folded, by: kernel)
    dispatcher.drop(dense, ifCopyOf: x)
    dispatcher.record(
      "NativeGroupNormBackward0", from: [x, weight, bias], to: [y],
      saving: [x, weight, mean, deviation]
    ) { dispatcher, call in
      guard let incoming = call.gradient else { return [nil, nil, nil] }
      let kernel = "native_group_norm_backward"
      _ = dispatcher.dense(incoming, as: x.layout)
      if let saved = call.saved.first { _ = dispatcher.temporarilyDense(saved, as: x.layout) }
      let gradients = zip([x, weight, bias], call.needs).map { tensor, need in
        need
          ? tensor.map { dispatcher.make($0.layout.suggested($0.layout.type), by: kernel) } : nil
      }
      let perGroup = 4 * x.shape[0] * groups
      dispatcher.scratch(
        channels, channels, perGroup, perGroup, isSpatial && weight != nil ? channels : 0,
        by: kernel)
      return gradients
    }
    return [y]
  }

  /// Division by the root mean square of each row, whose inverse is kept.
  static let rootMeanSquareNormalization = TrainingRule { dispatcher, call in
    guard let given = call.input(0) else { return [] }
    let input = dispatcher.raised(given)
    let weight = call.input(1)
    let rank = input.shape.count
    let axis = (try? OperatorCall.axis(call.attributes.integer("axis") ?? -1, rank: rank)) ?? 0
    let kernel = "_fused_rms_norm"
    let x = dispatcher.contiguous(input)
    let y = dispatcher.make(TensorLayout(x.layout.type), by: kernel)
    let rows = TensorType(
      .float32, x.shape.prefix(axis) + Array(repeating: 1, count: rank - axis))
    let deviation = dispatcher.make(rows, by: kernel)
    dispatcher.record(
      "FusedRmsNormBackward0", from: [input, weight], to: [y], saving: [input, weight, deviation]
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      let kernel = "_fused_rms_norm_backward"
      _ = call.saved.first.map { dispatcher.contiguous($0) }
      let gradients = zip([input, weight], call.needs).map { tensor, need in
        need ? tensor.map { dispatcher.make($0.layout.type, by: kernel) } : nil
      }
      _ = dispatcher.contiguous(gradient)
      return gradients
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

extension Dispatcher {
  /// Batch normalization with the statistics that the module has: nothing is kept but these.
  ///
  /// Source: `cudnn_batch_norm` of `tools/autograd/derivatives.yaml`, PyTorch 2.15.
  fileprivate mutating func batchNormalizedByState(
    _ input: DispatchedTensor, _ operands: ArraySlice<DispatchedTensor?>
  ) -> DispatchedTensor {
    let parameters = Array(operands.prefix(2))
    let x = dense(input, as: input.layout)
    let y = make(x.layout, by: "cudnn_batch_norm")
    var copies: [DispatchedTensor?] = []
    if !NativeBatchNormalization.isLeftToCuDNN(input, operands.first ?? nil) {
      // PyTorch's own kernels write the statistics down once more.
      let statistics = TensorType(.float32, [x.shape.count > 1 ? x.shape[1] : 1])
      copies = (0..<2).map { _ in make(statistics, by: "native_batch_norm") }
    }
    record(
      "CudnnBatchNormBackward0", from: [input] + parameters, to: [y],
      saving: [x] + copies + operands.filter { $0 != nil && $0 != parameters.last ?? nil }
    ) { dispatcher, call in
      guard let incoming = call.gradient else { return call.needs.map { _ in nil } }
      let kernel = "native_batch_norm_backward"
      _ = dispatcher.dense(incoming, as: x.layout)
      let gradient = call.needs(0) ? dispatcher.make(x.layout, by: kernel) : nil
      let others = parameters.enumerated().map { index, tensor in
        call.needs(index + 1) ? tensor.map { dispatcher.make($0.layout.type, by: kernel) } : nil
      }
      return [gradient] + others
    }
    return y
  }

  /// Batch normalization by cuDNN, which keeps mean and inverse deviation of the batch, or by PyTorch's own
  /// kernels.
  fileprivate mutating func batchNormalized(
    _ input: DispatchedTensor, _ weight: DispatchedTensor?, _ bias: DispatchedTensor?
  ) -> DispatchedTensor {
    guard NativeBatchNormalization.isLeftToCuDNN(input, weight) else {
      return NativeBatchNormalization(input, weight, bias).normalized(by: &self)
    }
    let kernel = "cudnn_batch_norm"
    let x = dense(input, as: input.layout)
    let y = make(x.layout, by: kernel)
    guard environment.isTraining else { return y }
    let statistics = TensorType(.float32, [x.shape.count > 1 ? x.shape[1] : 1])
    let mean = make(statistics, by: kernel)
    let deviation = make(statistics, by: kernel)
    record(
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
    return y
  }
}
