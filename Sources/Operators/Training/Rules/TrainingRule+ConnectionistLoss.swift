import ModelGraph

extension TrainingRule {
  /// The loss of sequences that no one has aligned, of scores `[batch, time, classes]` and targets `[batch, length]`.
  ///
  /// The logarithms of probabilities are single precision, with time moved to the front, as the users of
  /// `torch.nn.functional.ctc_loss` write it.
  public static let unalignedSequences = TrainingRule { dispatcher, call in
    guard let scores = call.input(0), let targets = call.input(1), scores.shape.count == 3 else {
      return []
    }
    let precise = dispatcher.preciseLogSoftmax(scores)
    let series = dispatcher.transpose(precise, 0, 1)
    return connectionistLoss(
      &dispatcher,
      TrainingCall(
        inputs: [series, targets], outputs: call.outputs, attributes: call.attributes,
        call: call.call))
  }

  /// The loss of sequences that no one has aligned, with the forward variables kept.
  ///
  /// Targets count as long as the tensor that holds them is, lengths as kept on the host, where
  /// PyTorch reads them; the device gets copies for each kernel.
  /// Source: `ATen/native/LossCTC.cpp` and `cuda/LossCTC.cu`, PyTorch 2.15.
  static let connectionistLoss = TrainingRule { dispatcher, call in
    guard let x = call.input(0).map({ dispatcher.raised($0) }), let targets = call.input(1),
      x.shape.count == 3
    else { return [] }
    let (time, batch) = (x.shape[0], x.shape[1])
    let longest =
      targets.shape.count == 2 ? targets.shape[1] : (targets.shape.first ?? 0) / max(1, batch)
    let states = saturatingSum(saturatingProduct(2, longest), 1)
    let copies = dispatcher.lengths(batch, by: "_ctc_loss")
    let variables = dispatcher.make(
      TensorType(x.dataType, [batch, time, states]), by: "_ctc_loss")
    let costs = dispatcher.make(TensorType(x.dataType, [batch]), by: "_ctc_loss")
    for copy in copies { dispatcher.release(copy) }
    dispatcher.record(
      "CtcLossBackward0", from: [x], to: [costs], saving: [x, targets, variables, costs]
    ) { dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      let copies = dispatcher.lengths(batch, by: "_ctc_loss_backward")
      let backwards = dispatcher.make(variables.layout.type, by: "_ctc_loss_backward")
      let gradient = dispatcher.make(x.layout.type, by: "_ctc_loss_backward")
      for scratch in [backwards] + copies { dispatcher.release(scratch) }
      return [gradient]
    }
    return [dispatcher.reduced(costs, call.attributes.string("reduction") ?? "mean")]
  }
}

extension Dispatcher {
  /// The logarithms of probabilities in single precision, made from any type at once.
  fileprivate mutating func preciseLogSoftmax(_ x: DispatchedTensor) -> DispatchedTensor {
    let y = make(TensorLayout(TensorType(.float32, x.shape)), by: "_log_softmax")
    record("LogSoftmaxBackward0", from: [x], to: [y], saving: [y]) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      let made = dispatcher.make(x.layout.type, by: "_log_softmax_backward_data")
      let dense = dispatcher.contiguous(gradient)
      dispatcher.drop(dense, ifCopyOf: gradient)
      return [made]
    }
    return y
  }

  /// Copies of the lengths of inputs and targets, and where each target begins.
  fileprivate mutating func lengths(_ batch: Int, by kernel: String) -> [DispatchedTensor] {
    (0..<3).map { _ in make(TensorType(.int64, [batch]), by: kernel) }
  }

  fileprivate mutating func reduced(
    _ costs: DispatchedTensor, _ reduction: String
  ) -> DispatchedTensor {
    switch reduction {
    case "none": return costs
    case "sum": return total(costs)
    default:
      let lengths = make(costs.layout, by: "_to_copy")
      let divisors = make(costs.layout, by: "clamp_min")
      release(lengths)
      let relative = make(costs.layout, by: "div_Tensor")
      record("DivBackward0", from: [costs], to: [relative], saving: [divisors]) {
        dispatcher, call in
        [call.gradient.map { _ in dispatcher.make(costs.layout, by: "div_Tensor") }]
      }
      return mean(relative, over: [0], keepsAxes: false)
    }
  }
}
