import ModelGraph

// Losses that compare the output element by element with a target of its shape, and the mean.
// Source: `ATen/native/Loss.cpp` and `ATen/native/cuda/Loss.cu`, PyTorch 2.15.

extension TrainingRule {
  /// The mean of the squares of the differences.
  public static let squaredDifference = pointwise("mse_loss", storage: .result)

  /// Squares of small differences, large ones as they are.
  public static let smoothDifference = pointwise("smooth_l1_loss", storage: .result)
  public static let huber = pointwise("huber_loss", storage: .scalar)

  /// The cross-entropy of each element's probability.
  public static let binaryCrossEntropy = pointwise("binary_cross_entropy", storage: .elements)

  /// What the 0-dim loss is stored in.
  private enum LossStorage {
    /// A buffer as large as the output, beside the elements' losses.
    case result

    /// The elements' losses themselves.
    case elements

    /// One number.
    case scalar

    /// A number for each element, which nothing sums.
    case every
  }

  private static func pointwise(_ kernel: String, storage: LossStorage) -> TrainingRule {
    TrainingRule { dispatcher, call in
      guard let (x, target) = dispatcher.raisedPair(call) else { return [] }
      let scalar = TensorType(x.dataType, [])
      let loss: DispatchedTensor
      switch call.keepsElements ? .every : storage {
      case .every: loss = dispatcher.make(x.layout.densified(), by: kernel)
      case .result:
        let whole = dispatcher.make(x.layout.densified(), by: kernel)
        let losses = dispatcher.make(x.layout.densified(), by: kernel)
        dispatcher.scratchOfMean(losses, by: kernel)
        dispatcher.release(losses)
        loss = dispatcher.share(whole, as: TensorLayout(scalar))
      case .elements:
        let losses = dispatcher.make(x.layout.densified(), by: kernel)
        dispatcher.scratchOfMean(losses, result: scalar, by: kernel)
        loss = dispatcher.share(losses, as: TensorLayout(scalar))
      case .scalar:
        loss = dispatcher.meanOfLosses(dispatcher.make(x.layout.densified(), by: kernel))
      }
      dispatcher.record("\(kernel)_backward", from: [x, target], to: [loss], saving: [x, target]) {
        dispatcher, call in
        guard call.gradient != nil else { return [nil, nil] }
        return [(0, x), (1, target)].map { index, operand in
          guard call.needs(index) else { return nil }
          return dispatcher.make(operand.layout.densified(), by: "\(kernel)_backward")
        }
      }
      return [loss]
    }
  }

  /// The cross-entropy of each element's probability, given as a logit.
  public static let binaryCrossEntropyWithLogits = TrainingRule { dispatcher, call in
    guard let (x, target) = dispatcher.raisedPair(call) else { return [] }
    let weight = call.input(2)
    let kernel = "binary_cross_entropy_with_logits"
    let logarithms = dispatcher.make(x.layout.densified(), by: "log_sigmoid_forward")
    if let weight {
      let excess = dispatcher.make(weight.layout.densified(), by: "sub_Tensor")
      let weights = dispatcher.make(x.layout.densified(), by: "mul_Tensor")
      dispatcher.release(excess)
      dispatcher.release(weights)
    }
    let losses = dispatcher.make(x.layout.densified(), by: kernel)
    let loss = call.keepsElements ? losses : dispatcher.meanOfLosses(losses)
    dispatcher.release(logarithms)
    dispatcher.record(
      "\(kernel)_backward", from: [x], to: [loss], saving: [x, target, weight]
    ) { dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      let layout = x.layout.densified()
      let weighted = weight == nil ? nil : dispatcher.make(layout, by: "mul_Tensor")
      let gradient = dispatcher.make(layout, by: weight == nil ? "sigmoid" : "add_Tensor")
      if let weighted {
        dispatcher.release(dispatcher.make(layout, by: "sigmoid"))
        dispatcher.release(weighted)
      }
      return [gradient]
    }
    return [loss]
  }

  /// The mean of the sizes of the differences.
  public static let absoluteDifference = TrainingRule { dispatcher, call in
    guard let (x, target) = dispatcher.raisedPair(call) else { return [] }
    let difference = dispatcher.subtract(x, target, to: x.layout.type)
    let sizes = dispatcher.make(difference.layout, by: "abs")
    dispatcher.record("AbsBackward0", from: [difference], to: [sizes], saving: [difference]) {
      dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      let signs = dispatcher.make(difference.layout, by: "sgn")
      let gradient = dispatcher.make(difference.layout, by: "mul_Tensor")
      dispatcher.release(signs)
      return [gradient]
    }
    if call.keepsElements { dispatcher.release(difference) }
    return [dispatcher.reduced(sizes, call)]
  }

  /// The sum of the output.
  public static let sumOfOutput = TrainingRule.unary { dispatcher, x, _ in
    dispatcher.total(dispatcher.raised(x))
  }

  /// The mean of the output.
  public static let meanOfOutput = TrainingRule.unary { dispatcher, x, _ in
    dispatcher.meanOfAll(x)
  }
}

extension TrainingCall {
  /// Whether the loss of each element stays by itself.
  var keepsElements: Bool { attributes.string("reduction") == "none" }
}

extension Dispatcher {
  /// Both operands of a loss, in single precision under autocast.
  mutating func raisedPair(
    _ call: TrainingCall
  ) -> (DispatchedTensor, DispatchedTensor)? {
    guard let a = call.input(0), let b = call.input(1) else { return nil }
    return (raised(a), raised(b))
  }

  /// What becomes of the losses of elements: their mean, their sum, or they themselves.
  mutating func reduced(_ losses: DispatchedTensor, _ call: TrainingCall) -> DispatchedTensor {
    guard !call.keepsElements else { return losses }
    let isSum = call.attributes.string("reduction") == "sum"
    let y = isSum ? total(losses) : meanOfAll(losses)
    release(losses)
    return y
  }

  /// The mean of losses, which go.
  fileprivate mutating func meanOfLosses(_ losses: DispatchedTensor) -> DispatchedTensor {
    let mean = make(TensorType(losses.dataType, []), by: "mean_dim")
    scratchOfMean(losses, by: "mean_dim")
    release(losses)
    return mean
  }

  /// What the mean of all elements takes beside its result, and a result that is copied on.
  fileprivate mutating func scratchOfMean(
    _ x: DispatchedTensor, result: TensorType? = nil, by kernel: String
  ) {
    let made = result.map { make($0, by: kernel) }
    let needed = ReductionScratch(x.layout, over: Set(x.shape.indices), on: environment)
    scratch(needed.stagingByteCount, needed.semaphoreByteCount, by: kernel)
    if let made { release(made) }
  }

  fileprivate mutating func meanOfAll(_ x: DispatchedTensor) -> DispatchedTensor {
    let y = sum(x, over: Set(x.shape.indices), keepsAxes: false, kernel: "mean_dim")
    record("MeanBackward0", from: [x], to: [y]) { dispatcher, call in
      [call.gradient.map { _ in dispatcher.make(x.layout.densified(), by: "div_Tensor") }]
    }
    return y
  }

  /// The sum of all elements, whose gradient is one number seen everywhere.
  mutating func total(_ x: DispatchedTensor) -> DispatchedTensor {
    summed(x, over: Set(x.shape.indices))
  }

  /// The sum over axes, whose gradient is the same along them.
  mutating func summed(_ x: DispatchedTensor, over axes: Set<Int>) -> DispatchedTensor {
    let y = sum(x, over: axes, keepsAxes: false)
    record("SumBackward", from: [x], to: [y]) { dispatcher, call in
      [
        call.gradient.map { gradient in
          dispatcher.share(gradient, as: gradient.layout.spread(over: axes, of: x.shape))
        }
      ]
    }
    return y
  }
}

extension TensorLayout {
  /// The layout of elements repeated along axes that a sum took away.
  fileprivate func spread(over axes: Set<Int>, of shape: Shape) -> TensorLayout {
    var kept = strides[...]
    let spread = shape.indices.map { axis in axes.contains(axis) ? 0 : kept.popFirst() ?? 0 }
    return TensorLayout(TensorType(dataType, shape), strides: spread)
  }
}
