import ModelGraph

extension TrainingRule {
  /// The elements that a mask picks; the gradient is written into zeros of the whole size.
  static let picking = TrainingRule { dispatcher, call in
    guard let x = call.input(0), let mask = call.input(1), let type = call.outputs.first else {
      return []
    }
    dispatcher.countTrue(mask, by: "index_Tensor")
    let y = dispatcher.make(TensorType(x.dataType, type.shape), by: "index_Tensor")
    dispatcher.record("IndexBackward0", from: [x], to: [y], saving: [mask]) { dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      let whole = dispatcher.make(x.layout.type, by: "new_zeros")
      dispatcher.countTrue(mask, by: "_index_put_impl_")
      return [whole]
    }
    return [y]
  }

  /// Elements written over places; the gradient of what was there is zero at them.
  ///
  /// Source: `index_put_` of `tools/autograd/derivatives.yaml`, PyTorch 2.15.
  static let indexUpdate = TrainingRule { dispatcher, call in
    guard let x = call.input(0), let values = call.input(1) else { return [] }
    let places = call.inputs.dropFirst(2).compactMap(\.self)
    let picked = TensorType(x.dataType, call.attributes.integers("shape") ?? values.shape)
    let kernel = "_index_put_impl_"
    dispatcher.begin(kernel)
    let y = call.isInPlace ? dispatcher.share(x) : dispatcher.make(x.layout.densified(), by: kernel)
    dispatcher.countTrue(in: places, by: kernel)
    dispatcher.record("IndexPutBackward0", from: [x, values], to: [y], saving: places) {
      dispatcher, call in
      guard call.gradient != nil else { return [nil, nil] }
      let first = call.needs(0) ? dispatcher.withoutPlaces(x, places, like: values) : nil
      guard call.needs(1) else { return [first, nil] }
      dispatcher.countTrue(in: places, by: "index_Tensor")
      return [first, dispatcher.make(picked, by: "index_Tensor")]
    }
    return [y]
  }

  /// Elements put where a mask is true; what is not picked of their gradient is zeros.
  ///
  /// Source: `ATen/native/cuda/IndexKernel.cpp` and `masked_scatter_backward_symint`, PyTorch 2.15.
  static let maskedScatter = TrainingRule { dispatcher, call in
    guard let x = call.input(0), let mask = call.input(1), let source = call.input(2) else {
      return []
    }
    let y = dispatcher.make(x.layout.densified(), by: "clone")
    let sums = dispatcher.make(TensorType(.int64, mask.shape), by: "masked_scatter_")
    let dense = dispatcher.temporarilyDense(mask, as: TensorLayout(mask.layout.type))
    dispatcher.scratch(1, by: "masked_scatter_")
    dispatcher.drop(dense, ifCopyOf: mask)
    dispatcher.release(sums)
    dispatcher.record("MaskedScatterBackward0", from: [x, mask, source], to: [y], saving: [mask]) {
      dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil, nil] }
      let kept = call.needs(0) ? dispatcher.make(gradient.layout.densified(), by: "clone") : nil
      guard call.needs(2) else { return [kept, nil, nil] }
      let dense = dispatcher.temporarilyDense(mask, as: TensorLayout(mask.layout.type))
      dispatcher.countTrue(mask, by: "nonzero")
      dispatcher.drop(dense, ifCopyOf: mask)
      let rest = dispatcher.make(source.layout.densified(), by: "zeros")
      let picked = dispatcher.make(source.layout.densified(), by: "cat")
      dispatcher.release(rest)
      return [kept, nil, picked]
    }
    return [y]
  }

  static let gatedLinearUnit = TrainingRule.unary { dispatcher, x, call in
    guard let type = call.outputs.first else { return x }
    let y = dispatcher.make(TensorType(x.dataType, type.shape), by: "glu")
    dispatcher.record("GluBackward0", from: [x], to: [y], saving: [x]) { dispatcher, call in
      [call.gradient.map { _ in dispatcher.make(x.layout.type, by: "glu_backward") }]
    }
    return y
  }
}

extension Dispatcher {
  /// A gradient with zeros, as many as the values, written over places.
  fileprivate mutating func withoutPlaces(
    _ x: DispatchedTensor, _ places: [DispatchedTensor], like values: DispatchedTensor
  ) -> DispatchedTensor {
    let zeros = make(values.layout.type, by: "new_zeros")
    let gradient = make(x.layout.densified(), by: "index_put")
    countTrue(in: places, by: "_index_put_impl_")
    release(zeros)
    return gradient
  }

  fileprivate mutating func countTrue(in places: [DispatchedTensor], by kernel: String) {
    for mask in places where mask.dataType.isMask {
      countTrue(mask, by: kernel)
    }
  }

  /// What finding the places of a mask takes: how many there are, found in two steps.
  ///
  /// Many elements are summed by as many blocks as the device runs, five times over.
  /// Source: `nonzero_cuda_out_impl` of `ATen/native/cuda/Nonzero.cu`, PyTorch 2.15, and CUB's
  /// `DeviceReduce::Sum`; checked against the binary.
  fileprivate mutating func countTrue(_ mask: DispatchedTensor, by kernel: String) {
    let blocks = saturatingProduct(environment.multiprocessors, 8, 5, 4)
    let aligned = (blocks + 255) / 256 * 256 + 255
    let count = make(TensorType(.int32, []), by: kernel)
    scratch(mask.layout.elementCount > 4096 ? aligned : 1, by: kernel)
    scratch(1023, by: kernel)
    release(count)
  }
}
