import ModelGraph

extension TrainingRule {
  /// A copy of an output of the model.
  public static let copyOfOutput = TrainingRule.unary { dispatcher, output, _ in
    dispatcher.clone(output)
  }

  /// The product of the loss with the gradient scaler's number.
  public static let lossScaling = TrainingRule { dispatcher, call in
    guard let loss = call.input(0), let scale = call.input(1) else { return [] }
    return [dispatcher.multiply(loss, scale, to: loss.layout.type)]
  }

  /// A loss and a second one times a number.
  public static let weightedSum = TrainingRule { dispatcher, call in
    guard let main = call.input(0), let other = call.input(1) else { return [] }
    let weighted = dispatcher.scale(other)
    let sum = dispatcher.add(main, weighted, to: main.layout.type)
    dispatcher.release(weighted)
    return [sum]
  }

  /// The loss divided by a number of batches.
  public static let lossAveraging = TrainingRule.unary { dispatcher, loss, _ in
    dispatcher.scale(loss, kernel: "div_Tensor")
  }

  /// Next-token prediction as Hugging Face writes it: labels are padded by one and shifted.
  public static let nextToken = TrainingRule { dispatcher, call in
    guard let logits = call.input(0), let tokens = call.input(1), tokens.shape.count == 2 else {
      return []
    }
    let (rows, length) = (tokens.shape[0], tokens.shape[1])
    guard logits.shape.dropLast() == tokens.shape[...] else { return [] }
    let precise = dispatcher.cast(logits, to: .float32)
    let padded = dispatcher.make(TensorType(.int64, [rows, length + 1]), by: "constant_pad_nd")
    let shifted = dispatcher.share(
      padded, as: padded.layout.narrowed(axis: 1, to: length))
    let labels = dispatcher.contiguous(shifted)
    defer { dispatcher.release(padded) }
    return [dispatcher.tokenLoss(precise, labels)]
  }

  /// Prediction of tokens where they stand.
  public static let maskedToken = TrainingRule { dispatcher, call in
    guard let logits = call.input(0), let labels = call.input(1),
      logits.shape.dropLast() == labels.shape[...]
    else { return [] }
    return [dispatcher.tokenLoss(logits, labels)]
  }

  /// Cross-entropy with class indices, or with a probability for each class: the logarithms of
  /// probabilities are kept.
  public static let crossEntropy = TrainingRule { dispatcher, call in
    guard let logits = call.input(0), let labels = call.input(1) else { return [] }
    let isReduced = !call.keepsElements
    let isSmoothed = call.attributes["label_smoothing"] != nil && isReduced
    if labels.dataType.isFloatingPoint, isReduced {
      let rule: TrainingRule =
        isSmoothed ? .smoothedDistributionCrossEntropy : .distributionCrossEntropy
      return rule(&dispatcher, call)
    }
    guard !isSmoothed else { return TrainingRule.smoothedCrossEntropy(&dispatcher, call) }
    return [dispatcher.crossEntropy(logits, labels, weight: call.input(2), isReduced: isReduced)]
  }
}

extension Dispatcher {
  fileprivate mutating func tokenLoss(
    _ logits: DispatchedTensor, _ labels: DispatchedTensor
  ) -> DispatchedTensor {
    let count = labels.layout.elementCount
    let rows = reshape(logits, [count, logits.shape.last ?? 1])
    return crossEntropy(rows, reshape(labels, [count]))
  }

  fileprivate mutating func crossEntropy(
    _ logits: DispatchedTensor, _ labels: DispatchedTensor, weight: DispatchedTensor? = nil,
    isReduced: Bool = true
  ) -> DispatchedTensor {
    negativeLogLikelihood(logSoftmax(logits), labels, weight: weight, isReduced: isReduced)
  }

  /// The logarithms of probabilities, which are kept; in row-major order, from a copy if need be.
  ///
  /// Source: `host_softmax` of `ATen/native/cuda/SoftMax.cu`, PyTorch 2.15.
  mutating func logSoftmax(_ logits: DispatchedTensor) -> DispatchedTensor {
    let y = make(TensorLayout(logits.layout.type), by: "_log_softmax")
    release(rowMajor([logits]))
    record("LogSoftmaxBackward0", from: [logits], to: [y], saving: [y]) { dispatcher, call in
      guard let incoming = call.gradient else { return [nil] }
      let made = dispatcher.make(y.layout.type, by: "_log_softmax_backward_data")
      dispatcher.release(dispatcher.rowMajor([incoming]))
      return [made]
    }
    return y
  }

  /// What each label's probability costs; labels of places that do not lie in one run are copied, unless they are of an
  /// image.
  ///
  /// Source: `nll_loss_nd` of `ATen/native/LossNLL.cpp`, PyTorch 2.15.
  mutating func negativeLogLikelihood(
    _ scores: DispatchedTensor, _ given: DispatchedTensor, weight: DispatchedTensor? = nil,
    isReduced: Bool = true
  ) -> DispatchedTensor {
    let isSpatial = scores.shape.count > 2
    let labels = isSpatial && scores.shape.count != 4 ? contiguous(given) : given
    let probabilities = raised(scores)
    let suffix = isSpatial ? "2d" : ""
    let kernel = "nll_loss\(suffix)_forward"
    let scalar = TensorType(probabilities.dataType, [])
    let losses = isReduced ? scalar : TensorType(probabilities.dataType, labels.shape)
    let first = make(isSpatial ? scalar : losses, by: kernel)
    let second = make(isSpatial ? losses : scalar, by: kernel)
    let (loss, total) = isSpatial ? (second, first) : (first, second)
    record(
      "NllLossBackward0", from: [probabilities], to: [loss],
      saving: [probabilities, labels, weight, total]
    ) { dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      return [dispatcher.make(probabilities.layout.type, by: "nll_loss\(suffix)_backward")]
    }
    return loss
  }
}
