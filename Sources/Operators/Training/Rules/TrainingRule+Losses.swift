import ModelGraph

extension TrainingRule {
  /// Cross-entropy with class indices: the logarithms of probabilities are kept.
  public static let crossEntropy = TrainingRule { dispatcher, call in
    guard let logits = call.input(0), let labels = call.input(1) else { return [] }
    let names = KernelNames(forward: "_log_softmax", backward: "_log_softmax_backward_data")
    let probabilities = dispatcher.unary(logits, names, saves: .output)
    return [dispatcher.negativeLogLikelihood(probabilities, labels)]
  }
}

extension Dispatcher {
  fileprivate mutating func negativeLogLikelihood(
    _ probabilities: DispatchedTensor, _ labels: DispatchedTensor
  ) -> DispatchedTensor {
    let isSpatial = probabilities.shape.count > 2
    let suffix = isSpatial ? "2d" : ""
    let kernel = "nll_loss\(suffix)_forward"
    let scalar = TensorType(probabilities.dataType, [])
    let first = make(scalar, by: kernel)
    let second = make(scalar, by: kernel)
    let (loss, weight) = isSpatial ? (second, first) : (first, second)
    record(
      "NllLossBackward0", from: [probabilities], to: [loss],
      saving: [probabilities, labels, weight]
    ) { dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      return [dispatcher.make(probabilities.layout.type, by: "nll_loss\(suffix)_backward")]
    }
    return loss
  }
}
