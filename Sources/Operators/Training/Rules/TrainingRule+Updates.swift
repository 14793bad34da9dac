import ModelGraph

extension TrainingRule {
  /// A tensor written over a part of another, whose gradient has zeros there.
  ///
  /// Source: `CopySlices::apply` of `torch/csrc/autograd/functions/tensor.cpp`, `CopyBackwards` beside
  /// it, PyTorch 2.15.
  static let partUpdate = TrainingRule { dispatcher, call in
    guard let whole = call.input(0), let source = call.input(1) else { return [] }
    let updated = dispatcher.share(whole)
    guard let shape = call.attributes.integers("shape") else {
      dispatcher.record("CopyBackwards", from: [whole, source], to: [updated]) {
        dispatcher, call in
        guard let gradient = call.gradient else { return [nil, nil] }
        let zeros = dispatcher.zeros(gradient.layout.type, if: call.needs(0))
        return [zeros, call.needs(1) ? gradient : nil]
      }
      return [updated]
    }
    let type = TensorType(whole.dataType, shape)
    dispatcher.record("CopySlices", from: [whole, source], to: [updated]) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      let remains = dispatcher.make(gradient.layout.type, by: "new_empty_strided")
      let part = dispatcher.make(type, by: "clone")
      if let zeros = dispatcher.zeros(type, if: call.needs(0)) { dispatcher.release(zeros) }
      return [call.needs(0) ? remains : nil, call.needs(1) ? part : nil]
    }
    return [updated]
  }
}

extension Dispatcher {
  fileprivate mutating func zeros(
    _ type: TensorType, if isNeeded: Bool
  ) -> DispatchedTensor? {
    isNeeded ? make(type, by: "zeros_like") : nil
  }
}
