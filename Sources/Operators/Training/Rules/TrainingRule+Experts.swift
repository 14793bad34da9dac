import ModelGraph

// What a mixture of experts does besides products of matrices.

extension TrainingRule {
  /// The elements in order and where they stood; the gradient is written to the same places of zeros.
  ///
  /// Source: `sort_stable_kernel` of `ATen/native/cuda/Sort.cpp`, PyTorch 2.15.
  static let sorting = TrainingRule { dispatcher, call in
    guard let x = call.input(0) else { return [] }
    let (values, places) = dispatcher.sort(x, call)
    dispatcher.record("SortBackward0", from: [x], to: [values], saving: [places]) {
      dispatcher, call in
      let kernel = "value_selecting_reduction_backward"
      return [call.gradient.map { _ in dispatcher.make(x.layout.type, by: kernel) }]
    }
    return [values, places]
  }

  static let argumentSorting = TrainingRule.unary { dispatcher, x, call in
    let (values, places) = dispatcher.sort(x, call)
    dispatcher.release(values)
    return places
  }

  /// One product for each run of rows; the gradient of the matrices comes first, and lies as they do.
  ///
  /// Source: `_grouped_mm` of `derivatives.yaml`, PyTorch 2.15.
  static let groupedProduct = TrainingRule { dispatcher, call in
    guard let x = call.input(0), let matrices = call.input(1), let type = call.outputs.first
    else { return [] }
    let kernel = "_grouped_mm"
    let y = dispatcher.make(TensorType(x.dataType, type.shape), by: kernel)
    let saved = [x, matrices, call.input(2)]
    dispatcher.record("GroupedMmBackward0", from: [x, matrices], to: [y], saving: saved) {
      dispatcher, call in
      guard call.gradient != nil else { return [nil, nil] }
      let second = call.needs(1) ? dispatcher.make(matrices.layout.densified(), by: kernel) : nil
      let first = call.needs(0) ? dispatcher.make(x.layout.densified(), by: kernel) : nil
      return [first, second]
    }
    return [y]
  }
}

extension Dispatcher {
  /// Short axes are sorted in place, with places counted up first.
  fileprivate mutating func sort(
    _ x: DispatchedTensor, _ call: TrainingCall
  ) -> (values: DispatchedTensor, places: DispatchedTensor) {
    let axis = (try? call.call.axis(default: -1, rank: x.shape.count)) ?? 0
    let values = make(x.layout.densified(), by: "sort")
    let places = make(x.layout.densified(as: .int64), by: "sort")
    let length = x.shape.indices.contains(axis) ? x.shape[axis] : 1
    scratch(TensorType(.int64, [length]).byteCount.value, by: "sort")
    return (values, places)
  }
}
