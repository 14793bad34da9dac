import ModelGraph

extension TrainingRule {
  /// A function of each element whose gradient reads some of its operands.
  static func elementwise(
    _ names: KernelNames, reads: [Operand]?, isRaised: Bool = false
  ) -> TrainingRule? {
    guard let reads else { return nil }
    if reads.isEmpty { return elementwise(names, saves: .nothing, isRaised) }
    return elementwise(names, saves: reads == [.output(0)] ? .output : .input, isRaised)
  }

  /// The input kept between two numbers.
  static let hardTanh = TrainingRule.unary { dispatcher, x, call in
    let names = KernelNames(forward: "hardtanh", backward: "hardtanh_backward")
    let kept: Dispatcher.Kept = call.attributes.flag("keepsResult") ? .output : .input
    return call.isInPlace
      ? dispatcher.unaryInPlace(x, names, saves: kept) : dispatcher.unary(x, names, saves: kept)
  }

  /// The rectifier whose slope below zero is trained: the gradient of the slope is first as large as the input.
  ///
  /// Source: `prelu` and `_prelu_kernel_backward` of `ATen/native/Activation.cpp`, PyTorch 2.15.
  static let parametricRectifier = TrainingRule { dispatcher, call in
    guard let slope = call.input(1).map({ dispatcher.lowered($0) }),
      let x = call.input(0).map({ dispatcher.lowered($0) })
    else { return [] }
    let y = dispatcher.make(x.layout.mapped(), by: "_prelu_kernel")
    dispatcher.record("PreluKernelBackward0", from: [x, slope], to: [y], saving: [x, slope]) {
      dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      let kernel = "_prelu_kernel_backward"
      let ofInput = dispatcher.make(gradient.layout.densified(), by: kernel)
      let ofSlopes = dispatcher.make(gradient.layout.densified(), by: kernel)
      // One slope for all, or one for each channel, on the second axis.
      let isOne = slope.layout.type.elementCount == 1
      let axes = Set(x.shape.indices.filter { isOne || $0 != 1 })
      let ofSlope = dispatcher.sum(ofSlopes, over: axes, keepsAxes: true)
      dispatcher.release(ofSlopes)
      defer { dispatcher.release(ofSlope) }
      return [ofInput, dispatcher.share(ofSlope, as: TensorLayout(slope.layout.type))]
    }
    return [y]
  }

  private static func elementwise(
    _ names: KernelNames, saves: Dispatcher.Kept, _ isRaised: Bool
  ) -> TrainingRule {
    .unary { dispatcher, x, call in
      guard call.isInPlace else {
        return dispatcher.unary(isRaised ? dispatcher.raised(x) : x, names, saves: saves)
      }
      return dispatcher.unaryInPlace(
        x, names, saves: names.keepsOutputInPlace ? .output : saves)
    }
  }

  static let addition = TrainingRule { dispatcher, call in
    guard let a = call.input(0), let b = call.input(1), let type = call.outputs.first else {
      return []
    }
    return [dispatcher.add(a, b, to: type, inPlace: call.isInPlace)]
  }

  static let subtraction = TrainingRule { dispatcher, call in
    guard let a = call.input(0), let b = call.input(1), let type = call.outputs.first else {
      return []
    }
    return [dispatcher.subtract(a, b, to: type, inPlace: call.isInPlace)]
  }

  static let multiplication = TrainingRule { dispatcher, call in
    guard let a = call.input(0), let b = call.input(1), let type = call.outputs.first else {
      return []
    }
    return [dispatcher.multiply(a, b, to: type, inPlace: call.isInPlace)]
  }

  /// The sum of the first operand and the product of the others.
  static let additionOfProduct = TrainingRule { dispatcher, call in
    guard let sum = call.input(0), let a = call.input(1), let b = call.input(2),
      let type = call.outputs.first
    else { return [] }
    return [dispatcher.add(sum, productOf: a, b, to: type)]
  }

  static let division = TrainingRule { dispatcher, call in
    guard let a = call.input(0), let b = call.input(1), let type = call.outputs.first else {
      return []
    }
    return [dispatcher.divide(a, b, to: type, inPlace: call.isInPlace)]
  }

  /// The larger or smaller of two; where they are equal, each gets half of the gradient.
  static func extremum(_ kernel: String) -> TrainingRule {
    TrainingRule { dispatcher, call in
      let operands = call.inputs.compactMap(\.self)
      guard let shape = call.outputs.first?.shape, !operands.isEmpty else { return [] }
      let y = dispatcher.make(dispatcher.broadcastLayout(operands, shape), by: kernel)
      dispatcher.record("\(kernel)Backward", from: operands, to: [y], saving: operands) {
        dispatcher, call in
        guard let gradient = call.gradient else { return operands.map { _ in nil } }
        // The last operand's comes first; all are summed over broadcast axes afterwards.
        let made = operands.indices.reversed().map { index in
          call.needs(index) ? dispatcher.shared(gradient) : nil
        }
        return made.reversed()
      }
      return [y]
    }
  }

  /// The second operand where the first is true, else the third.
  static let choice = TrainingRule { dispatcher, call in
    guard let condition = call.input(0), let type = call.outputs.first else { return [] }
    // Numbers are put on the device first.
    let sides = [1, 2].map { side in
      call.input(side)
        ?? dispatcher.make(TensorType(type.dataType, []), by: "where_ScalarOther")
    }
    let made = dispatcher.choose(sides[0], sides[1], where: condition, to: type)
    for side in [1, 2] where call.input(side) == nil { dispatcher.release(sides[side - 1]) }
    return [made]
  }

  static let maskedFill = TrainingRule { dispatcher, call in
    guard let x = call.input(0), let mask = call.input(1), let type = call.outputs.first else {
      return []
    }
    return [dispatcher.fill(x, where: mask, to: type, inPlace: call.isInPlace)]
  }

  /// Bounds that are not told are taken for both.
  static let clamping = TrainingRule.unary { dispatcher, x, call in
    if call.attributes.flag("tensors") { return dispatcher.clampBetweenTensors(x) }
    let (low, high) = (call.attributes["min"] != nil, call.attributes["max"] != nil)
    return dispatcher.clamp(
      x, isBoundedBelow: low || !high, isBoundedAbove: high || !low, inPlace: call.isInPlace)
  }

  static let shifting = TrainingRule.unary { dispatcher, x, call in
    let isNegated = call.attributes.flag("negated")
    let kernel =
      isNegated
      ? "rsub_Scalar" : call.attributes.flag("subtracts") ? "sub_Tensor" : "add_Tensor"
    return dispatcher.shift(
      x, inPlace: call.isInPlace, isNegated: isNegated, kernel: kernel)
  }

  static let powerOfNumber = TrainingRule.unary { dispatcher, x, call in
    dispatcher.power(call.isInPlace ? x : dispatcher.raised(x), inPlace: call.isInPlace)
  }

  /// A power of a tensor whose exponent is one, too.
  ///
  /// Source: `pow_backward_self` and `pow_backward_exponent` of `FunctionsManual.cpp`, PyTorch 2.15.
  static let powering = TrainingRule { dispatcher, call in
    guard let (base, exponent) = dispatcher.raisedPair(call), let type = call.outputs.first else {
      return []
    }
    let kernel = "pow_Tensor_Tensor"
    dispatcher.begin(kernel)
    let y =
      call.isInPlace
      ? dispatcher.share(base)
      : dispatcher.make(dispatcher.broadcastLayout([base, exponent], type.shape), by: kernel)
    dispatcher.record(
      "PowBackward1", from: [base, exponent], to: [y],
      saving: [base, exponent, dispatcher.needsGradient(exponent) ? y : nil]
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      return call.needs.map { need in
        need
          ? dispatcher.compose(
            gradient.layout.densified(), by: [kernel, "mul_Tensor", "mul_Tensor"])
          : nil
      }
    }
    return [y]
  }

  static let scaling = TrainingRule.unary { dispatcher, x, call in
    dispatcher.scale(
      x, inPlace: call.isInPlace,
      kernel: call.attributes.flag("divides") ? "div_Tensor" : "mul_Tensor")
  }
}

extension Dispatcher {
  /// A gradient where an operand was chosen, half of it where another was as good.
  fileprivate mutating func shared(_ gradient: DispatchedTensor) -> DispatchedTensor {
    let flags = TensorType(.bool, gradient.shape)
    let isOther = make(flags, by: "lt_Tensor")
    let half = make(gradient.layout.densified(), by: "div_Tensor")
    let areEqual = make(flags, by: "eq_Tensor")
    let made = make(gradient.layout.densified(), by: "where_self")
    for tensor in [areEqual, half, isOther] { release(tensor) }
    return made
  }
}
