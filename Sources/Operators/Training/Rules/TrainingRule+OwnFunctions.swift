import ModelGraph

// Functions with a backward pass of their own: known ones by name, others as functions that keep what
// they read.

extension TrainingRule {
  /// A result seen as made of the other operands, which are kept for their gradients.
  static let ownBackward = TrainingRule { dispatcher, call in
    guard let result = call.input(0) else { return [] }
    let y = dispatcher.share(result)
    let read = call.inputs.dropFirst().map(\.self)
    let inputs = read.map { $0.flatMap { $0.dataType.isFloatingPoint ? $0 : nil } }
    let name = call.attributes.string("function")
    dispatcher.record("OwnBackward", from: inputs, to: [y], saving: read) { dispatcher, call in
      guard let gradient = call.gradient else { return inputs.map { _ in nil } }
      switch name {
      case "SqrtBoundDerivative": return [dispatcher.boundedRootGradient(gradient)]
      case "GeLUFunction":
        return [call.saved.first.map { dispatcher.bloomGradient(gradient, $0) }]
      case "HardMishAutoFn": return [dispatcher.hardMishGradient(gradient)]
      case "YosoCumulation":
        return dispatcher.expectedAttentionGradients(gradient, inputs.map { $0?.layout })
      default:
        return inputs.enumerated().map { index, input in
          guard call.needs(index), let input else { return nil }
          return dispatcher.make(input.layout.densified(), by: "own_backward")
        }
      }
    }
    return [y]
  }
}

extension Dispatcher {
  /// The gradient of a square root, kept from growing without bounds.
  ///
  /// Source: `SqrtBoundDerivative` of `modeling_recurrent_gemma.py`, transformers 5.23.
  fileprivate mutating func boundedRootGradient(_ gradient: DispatchedTensor) -> DispatchedTensor {
    let layout = gradient.layout.densified()
    let scaled = make(layout, by: "mul_Tensor")
    let bounded = make(layout, by: "clamp")
    release(scaled)
    let root = make(layout, by: "sqrt")
    let made = make(layout, by: "div_Tensor")
    release(root)
    release(bounded)
    return made
  }

  /// The gradient of GELU by a hyperbolic tangent.
  ///
  /// Source: `bloom_gelu_back` of `modeling_bloom.py`, transformers 5.23.
  fileprivate mutating func bloomGradient(
    _ gradient: DispatchedTensor, _ x: DispatchedTensor
  ) -> DispatchedTensor {
    let layout = x.layout.densified()
    func product(_ dropping: [DispatchedTensor] = [], by kernel: String = "mul_Tensor")
      -> DispatchedTensor
    {
      let made = make(layout, by: kernel)
      release(dropping)
      return made
    }
    let scaled = product()
    let square = product([product()])
    let angle = product([scaled, product([square], by: "add_Tensor")])
    let tangent = product([angle], by: "tanh")
    let half = product()
    let slope = product([product()], by: "rsub_Scalar")
    let cubic = product([product([product()])], by: "add_Tensor")
    let inner = product([half, product([slope, cubic])])
    let outer = product([product(by: "add_Tensor")])
    let factor = product([inner, outer], by: "add_Tensor")
    let made = product([factor])
    release([tangent])
    return made
  }

  /// The gradient of `0.5 · x · clamp(x + 2, 0, 2)`.
  ///
  /// Source: `hard_mish_bwd` of `activations_me.py`, timm 1.0.
  fileprivate mutating func hardMishGradient(_ gradient: DispatchedTensor) -> DispatchedTensor {
    let layout = gradient.layout.densified()
    let flags = layout.densified(as: .bool)
    let ones = make(layout, by: "ones_like")
    let isAbove = make(flags, by: "ge_Scalar")
    let slope = make(layout, by: "mul_Tensor")
    release([ones, isAbove])
    let sides = ["ge_Scalar", "le_Scalar"].map { make(flags, by: $0) }
    let isBetween = make(flags, by: "bitwise_and_Tensor")
    release(sides)
    let shifted = make(layout, by: "add_Tensor")
    let chosen = make(layout, by: "where_self")
    release([isBetween, shifted, slope])
    let made = make(layout, by: "mul_Tensor")
    release(chosen)
    return made
  }

  /// The gradients of keys, queries and values; of the other operands there are none.
  ///
  /// The last operand is how likely each query is expected to meet each key.
  /// Source: `YosoCumulation` of `modeling_yoso.py`, transformers 5.23.
  fileprivate mutating func expectedAttentionGradients(
    _ gradient: DispatchedTensor, _ operands: [TensorLayout?]
  ) -> [DispatchedTensor?] {
    let places = operands.indices.filter { operands[$0]?.rank == 3 }
    guard places.count == 4, let key = operands[places[0]], let query = operands[places[1]],
      let value = operands[places[2]], let expectation = operands[places[3]]
    else { return operands.map { _ in nil } }
    let dense = contiguous(gradient)
    let products = stackedProduct(TensorLayout(expectation.type))
    let weighted = make(TensorLayout(expectation.type), by: "mul_Tensor")
    release(products)
    var made: [DispatchedTensor?] = operands.map { _ in nil }
    for (place, (own, other)) in zip([places[1], places[0]], [(query, key), (key, query)]) {
      let scaled = make(other.densified(), by: "mul_Tensor")
      made[place] = stackedProduct(TensorLayout(own.type))
      release(scaled)
    }
    made[places[2]] = stackedProduct(TensorLayout(value.type))
    release(weighted)
    if dense != gradient { release(dense) }
    return made
  }

  private mutating func stackedProduct(_ layout: TensorLayout) -> DispatchedTensor {
    let made = make(layout, by: "bmm")
    takeWorkspace(by: "bmm")
    return made
  }
}
