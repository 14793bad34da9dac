import ModelGraph

// Losses of classes beyond cross-entropy with class indices.
// Source: `ATen/native/LossNLL.cpp` and `Loss.cpp`, PyTorch 2.15.

extension TrainingRule {
  /// The negative of what the output says of each class.
  public static let negativeLogLikelihood = TrainingRule { dispatcher, call in
    guard let output = call.input(0), let labels = call.input(1) else { return [] }
    let isReduced = !call.keepsElements
    return [
      dispatcher.negativeLogLikelihood(
        output, labels, weight: call.input(2), isReduced: isReduced)
    ]
  }

  /// Cross-entropy with class indices, mixed with an even distribution.
  public static let smoothedCrossEntropy = TrainingRule { dispatcher, call in
    guard let logits = call.input(0), let labels = call.input(1) else { return [] }
    let raised = dispatcher.logSoftmax(logits)
    let likelihood = dispatcher.negativeLogLikelihood(raised, labels)
    let smooth = dispatcher.evenPart(raised, labels)
    let second = dispatcher.scale(smooth)
    let first = dispatcher.scale(likelihood)
    return [dispatcher.add(first, second, to: first.layout.type)]
  }

  /// Cross-entropy with a probability for each class.
  public static let distributionCrossEntropy = TrainingRule { dispatcher, call in
    guard let logits = call.input(0), let target = call.input(1) else { return [] }
    return [dispatcher.distributionLoss(dispatcher.logSoftmax(logits), target)]
  }

  /// The same with the probabilities mixed with an even distribution.
  public static let smoothedDistributionCrossEntropy = TrainingRule { dispatcher, call in
    guard let logits = call.input(0), let target = call.input(1) else { return [] }
    let probabilities = dispatcher.logSoftmax(logits)
    let scaled = dispatcher.scale(target)
    let mixed = dispatcher.shift(scaled, inPlace: false)
    dispatcher.release(scaled)
    return [dispatcher.distributionLoss(probabilities, mixed)]
  }

  /// The divergence from a distribution, summed and divided by the batch.
  public static let divergence = TrainingRule { dispatcher, call in
    guard let output = call.input(0).map({ dispatcher.raised($0) }), let target = call.input(1)
    else { return [] }
    let product = dispatcher.multiply(target, output, to: output.layout.type)
    let entropy = dispatcher.make(output.layout.densified(), by: "xlogy_Tensor")
    let difference = dispatcher.subtract(entropy, product, to: output.layout.type)
    dispatcher.release(entropy)
    dispatcher.release(product)
    let sum = dispatcher.total(difference)
    dispatcher.release(difference)
    return [dispatcher.scale(sum, kernel: "div_Tensor")]
  }
}

extension Dispatcher {
  fileprivate mutating func distributionLoss(
    _ probabilities: DispatchedTensor, _ target: DispatchedTensor
  ) -> DispatchedTensor {
    let product = multiply(probabilities, target, to: probabilities.layout.type)
    let sum = total(product)
    let negative = negated(sum)
    return scale(negative, kernel: "div_Tensor")
  }

  /// The mean over samples of what an even distribution costs; ignored ones cost nothing.
  fileprivate mutating func evenPart(
    _ probabilities: DispatchedTensor, _ labels: DispatchedTensor
  ) -> DispatchedTensor {
    let costs = summed(probabilities, over: [1])
    let negative = negated(costs)
    release(costs)
    let mask = make(TensorType(.bool, labels.shape), by: "eq_Scalar")
    let filled = filling(negative, mask)
    let kept = make(mask.layout, by: "bitwise_not")
    let count = make(TensorType(.int64, []), by: "sum_dim_IntList")
    let wide = TensorType(.int64, labels.shape)
    scratch(wide.byteCount.value, by: "_to_copy")
    scratch(
      environment.reductionScratch(ofAll: wide).first ?? 0,
      environment.reductionScratch(ofAll: wide).last ?? 0, by: "sum_dim_IntList")
    let sum = total(filled)
    let mean = make(sum.layout, by: "div_Tensor")
    record("DivBackward0", from: [sum], to: [mean], saving: [count]) { dispatcher, call in
      [call.gradient.map { dispatcher.make($0.layout.densified(), by: "div_Tensor") }]
    }
    release(sum)
    release(kept)
    return mean
  }

  /// Numbers put where a mask is true, over what was there; the gradient is a copy.
  private mutating func filling(
    _ x: DispatchedTensor, _ mask: DispatchedTensor
  ) -> DispatchedTensor {
    let y = share(x)
    record("MaskedFillBackward0", from: [x], to: [y], saving: [mask]) { dispatcher, call in
      [call.gradient.map { dispatcher.make($0.layout.densified(), by: "masked_fill_Scalar") }]
    }
    return y
  }

  /// The negative of each element.
  mutating func negated(_ x: DispatchedTensor) -> DispatchedTensor {
    unary(x, KernelNames(forward: "neg", backward: "neg"), saves: .nothing)
  }
}
