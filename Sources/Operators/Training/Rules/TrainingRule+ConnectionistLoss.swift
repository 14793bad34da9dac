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
    let (time, batch, classes) = (x.shape[0], x.shape[1], x.shape[2])
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
      if saturatingSum(2 * time, 24 * batch / 10, 2 * classes / 10) > 450 {
        dispatcher.blankGradients([batch, time, longest + 1])
      }
      for scratch in [backwards] + copies { dispatcher.release(scratch) }
      return [gradient]
    }
    return [dispatcher.reduced(costs, call.attributes.string("reduction") ?? "mean")]
  }
}

extension Dispatcher {
  /// What gradients of the blank class take in large problems: sums over every second state, for each step.
  fileprivate mutating func blankGradients(_ states: Shape) {
    let steps = TensorType(.float32, states.dropLast() + [1])
    let sums = make(TensorType(.float32, states), by: "add_Tensor")
    let largest = make(steps, by: "amax")
    let sizes = make(steps, by: "abs")
    let areInfinite = make(TensorType(.bool, steps.shape), by: "eq_Scalar")
    release(areInfinite)
    release(sizes)
    let differences = make(TensorType(.float32, states), by: "sub_Tensor")
    let totals = make(steps, by: "sum_IntList_out")
    for tensor in [differences, largest, totals, sums] { release(tensor) }
  }

  /// The logarithms of probabilities in single precision: of `float16` at once, of other types through a copy.
  mutating func preciseLogSoftmax(_ given: DispatchedTensor) -> DispatchedTensor {
    let x = given.dataType == .float16 ? given : cast(given, to: .float32)
    defer { drop(x, ifCopyOf: given) }
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
