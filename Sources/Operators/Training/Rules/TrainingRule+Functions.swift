import ModelGraph

// Functions of each element, of rows and of pairs of rows.
// Source: `tools/autograd/derivatives.yaml` and `FunctionsManual.cpp`, PyTorch 2.15.

extension TrainingRule {
  /// A function of two elements, whose gradients are each composed of kernels; the second's are the first's unless told.
  static func ofTwo(
    _ kernel: String, keepsResult: Bool = false, first: [String], second: [String]? = nil
  ) -> TrainingRule {
    TrainingRule { dispatcher, call in
      guard let a = call.input(0), let b = call.input(1), let type = call.outputs.first else {
        return []
      }
      let y = dispatcher.make(dispatcher.broadcastLayout([a, b], type.shape), by: kernel)
      dispatcher.record(
        "\(kernel)_backward", from: [a, b], to: [y], saving: [b, keepsResult ? y : nil, a]
      ) { dispatcher, call in
        guard let gradient = call.gradient else { return [nil, nil] }
        let layout = gradient.layout.densified()
        // Gradients are computed in the order of the arguments' names: `other`, then `self`.
        let made = zip([second ?? first, first], call.needs.reversed()).map { kernels, need in
          need ? dispatcher.compose(layout, by: kernels) : nil
        }
        return made.reversed()
      }
      return [y]
    }
  }

  /// Both gradients share the reciprocal of the sum of squares.
  static let arctangentOfTwo = TrainingRule { dispatcher, call in
    guard let a = call.input(0), let b = call.input(1), let type = call.outputs.first else {
      return []
    }
    let y = dispatcher.make(dispatcher.broadcastLayout([a, b], type.shape), by: "atan2")
    dispatcher.record("Atan2Backward0", from: [a, b], to: [y], saving: [b, a]) {
      dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      let layout = gradient.layout.densified()
      let sum = dispatcher.compose(layout, by: ["mul_Tensor", "mul_Tensor", "add_Tensor"])
      let reciprocal = dispatcher.make(layout, by: "reciprocal")
      dispatcher.release(dispatcher.make(gradient.layout.densified(as: .bool), by: "eq_Scalar"))
      let first = call.needs(0) ? ["mul_Tensor", "mul_Tensor"] : []
      let second = call.needs(1) ? ["neg", "mul_Tensor", "mul_Tensor"] : []
      let made = (first + second).map { dispatcher.make(layout, by: $0) }
      let results = [first, second].reduce(into: [Int]()) { $0.append(($0.last ?? 0) + $1.count) }
      for (index, tensor) in made.enumerated().reversed() where !results.contains(index + 1) {
        dispatcher.release(tensor)
      }
      dispatcher.release(reciprocal)
      if let sum { dispatcher.release(sum) }
      return [
        call.needs(0) ? made[results[0] - 1] : nil, call.needs(1) ? made[results[1] - 1] : nil,
      ]
    }
    return [y]
  }

  /// The first gradient's sign is read of the quotient of result and operand; the second is nothing but zeros.
  static let copiedSign = TrainingRule { dispatcher, call in
    guard let a = call.input(0), let type = call.outputs.first else { return [] }
    let b = call.input(1)
    let operands = [a, b].compactMap(\.self)
    let y = dispatcher.make(
      dispatcher.broadcastLayout(operands, type.shape), by: "copysign_Tensor")
    dispatcher.record(
      "CopysignBackward0", from: [a, b], to: [y],
      saving: dispatcher.needsGradient(a) ? [y, a] : []
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      let layout = gradient.layout.densified()
      let second = call.needs(1) ? dispatcher.make(layout, by: "zeros") : nil
      guard call.needs(0) else { return [nil, second] }
      let quotient = dispatcher.make(layout, by: "div_Tensor")
      dispatcher.release(dispatcher.make(gradient.layout.densified(as: .bool), by: "eq_Scalar"))
      let first = dispatcher.make(layout, by: "mul_Tensor")
      dispatcher.release(quotient)
      return [first, second]
    }
    return [y]
  }

  /// Each gradient reads the other operands.
  static let interpolationByTensor = TrainingRule { dispatcher, call in
    let operands = call.inputs.compactMap(\.self)
    guard operands.count == 3, let type = call.outputs.first else { return [] }
    let kernel = "lerp_Tensor"
    let layout = dispatcher.broadcastLayout(operands, type.shape)
    let y = dispatcher.make(layout, by: kernel)
    let readsEnds = dispatcher.needsGradient(operands[2])
    dispatcher.record(
      "LerpBackward1", from: operands, to: [y],
      saving: [readsEnds ? operands[1] : nil, readsEnds ? operands[0] : nil, operands[2]]
    ) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil, nil] }
      let layout = gradient.layout.densified()
      let end = call.needs(1) ? dispatcher.make(layout, by: "mul_Tensor") : nil
      let composed = ["empty_like", "sub_Tensor"].enumerated().map { index, kernel in
        call.needs(2 * index) ? dispatcher.compose(layout, by: [kernel, "mul_Tensor"]) : nil
      }
      return [composed[0], end, composed[1]]
    }
    return [y]
  }

  static let finiteNumbers = TrainingRule.unary { dispatcher, x, call in
    let kernel = "nan_to_num"
    let copies = call.isInPlace && dispatcher.needsGradient(x)
    let original = copies ? dispatcher.make(x.layout.densified(), by: "clone") : x
    let y = call.isInPlace ? dispatcher.share(x) : dispatcher.make(x.layout.densified(), by: kernel)
    dispatcher.record("NanToNumBackward0", from: [x], to: [y], saving: [original]) {
      dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      let areFinite = dispatcher.areFinite(x.layout)
      let made = dispatcher.make(gradient.layout.densified(), by: "mul_Tensor")
      dispatcher.release(areFinite)
      return [made]
    }
    if copies { dispatcher.release(original) }
    return y
  }

  /// Source: `isclose` of `ATen/native/TensorCompare.cpp`, PyTorch 2.15.
  static let isClose = TrainingRule { dispatcher, call in
    guard let a = call.input(0), let b = call.input(1), let type = call.outputs.first else {
      return []
    }
    let layout = dispatcher.broadcastLayout([a, b], type.shape)
    let flags = layout.densified(as: .bool)
    let y = dispatcher.make(flags, by: "eq_Tensor")
    let scaled = dispatcher.make(layout, by: "mul_Tensor")
    let allowed = dispatcher.compose(layout, by: ["abs", "add_Tensor"])
    let parts = ["sub_Tensor", "abs"].map { dispatcher.make(layout, by: $0) }
    let areFinite = dispatcher.areFinite(layout)
    let areNear = dispatcher.make(flags, by: "le_Tensor")
    dispatcher.release([areNear, areFinite] + parts.reversed())
    dispatcher.release([allowed, scaled].compactMap(\.self))
    return [y]
  }

  static let sumOfNumbers = TrainingRule.unary { dispatcher, x, call in
    let axes = (try? reducedAxes(call.call, rank: x.shape.count)) ?? []
    let keeps = (call.attributes.integer("keepdims") ?? 1) != 0
    let y = dispatcher.sum(x, over: axes, keepsAxes: keeps, kernel: "nansum")
    dispatcher.record("NansumBackward0", from: [x], to: [y], saving: [x]) { dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      let flags = ["ne_Tensor", "logical_not"].map {
        dispatcher.make(x.layout.densified(as: .bool), by: $0)
      }
      let made = dispatcher.make(TensorLayout(x.layout.type), by: "mul_Tensor")
      dispatcher.release(flags.reversed())
      return [made]
    }
    return y
  }

  /// Source: `logcumsumexp_backward` of `FunctionsManual.cpp`, PyTorch 2.15.
  static let cumulativeLogarithm = TrainingRule.unary { dispatcher, x, _ in
    let y = dispatcher.make(x.layout.densified(), by: "logcumsumexp")
    dispatcher.record("LogcumsumexpBackward0", from: [x], to: [y], saving: [x, y]) {
      dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      let layout = gradient.layout.densified()
      let least = dispatcher.make(TensorType(x.dataType, []), by: "scalar_tensor")
      let logarithm = dispatcher.compose(layout, by: ["abs", "log"])
      var held = [least, logarithm].compactMap(\.self)
      for comparison in ["gt_Scalar", "lt_Scalar"] {
        let flags = dispatcher.make(layout.densified(as: .bool), by: comparison)
        held.append(dispatcher.make(layout, by: "where_self"))
        dispatcher.release(flags)
      }
      for _ in 0..<2 {
        let difference = dispatcher.make(layout, by: "sub_Tensor")
        let summed = dispatcher.compose(layout, by: ["flip", "logcumsumexp", "flip"])
        let exponential = dispatcher.compose(layout, by: ["add_Tensor", "exp"])
        dispatcher.release([summed, difference].compactMap(\.self))
        if let exponential { held.append(exponential) }
      }
      let made = dispatcher.make(layout, by: "sub_Tensor")
      dispatcher.release(held.reversed())
      return [made]
    }
    return y
  }

  /// Noise that the gradient reads, and what is added so that the mean stays.
  ///
  /// Source: `_dropout_impl` of `ATen/native/Dropout.cpp`, PyTorch 2.15.
  static let shiftedDropout = TrainingRule.unary { dispatcher, x, call in
    guard dispatcher.environment.isTraining, !call.isInEvaluation else { return x }
    var layout = x.layout.densified()
    if call.attributes.flag("channels") {
      let shape = x.shape.prefix(2) + Array(repeating: 1, count: max(0, x.shape.count - 2))
      layout = TensorLayout(TensorType(x.dataType, Shape(shape)))
    }
    let noise = dispatcher.make(layout, by: "bernoulli_")
    let shift = dispatcher.make(layout, by: "add_Tensor")
    let y = dispatcher.multiply(x, noise, to: x.layout.type, inPlace: call.isInPlace)
    dispatcher.release(shift)
    return y
  }

  static let noisyRectifier = TrainingRule.unary { dispatcher, x, call in
    let kernel = "rrelu_with_noise"
    let noise = dispatcher.make(x.layout.densified(), by: "empty_like")
    let y = call.isInPlace ? dispatcher.share(x) : dispatcher.make(x.layout.densified(), by: kernel)
    dispatcher.record(
      "RreluWithNoiseBackward0", from: [x], to: [y], saving: [noise, call.isInPlace ? y : x]
    ) { dispatcher, call in
      [call.gradient.map { dispatcher.make($0.layout.densified(), by: "\(kernel)_backward") }]
    }
    dispatcher.release(noise)
    return y
  }

  /// Each matrix's gradient is a part of the whole's.
  static let blockDiagonal = TrainingRule { dispatcher, call in
    let operands = call.inputs.compactMap(\.self)
    guard let type = call.outputs.first, let first = operands.first,
      operands.count == call.inputs.count
    else { return [] }
    let dataType = operands.reduce(first.dataType) { promoted($0, $1.dataType) }
    let y = dispatcher.make(TensorType(dataType, type.shape), by: "zeros")
    dispatcher.record("BlockDiagBackward0", from: operands, to: [y]) { dispatcher, call in
      operands.indices.map { index in
        guard call.needs(index), let gradient = call.gradient else { return nil }
        let part = TensorType(gradient.dataType, operands[index].shape)
        return dispatcher.share(
          gradient, as: TensorLayout(part, strides: gradient.layout.strides.suffix(part.rank)))
      }
    }
    return [y]
  }
}

extension Dispatcher {
  /// Which elements are finite: not infinite, and numbers.
  ///
  /// Source: `isfinite` of `ATen/native/TensorCompare.cpp`, PyTorch 2.15.
  fileprivate mutating func areFinite(_ layout: TensorLayout) -> DispatchedTensor {
    let size = make(layout.densified(), by: "abs")
    let flags = ["ne_Scalar", "eq_Tensor"].map { make(layout.densified(as: .bool), by: $0) }
    let both = make(layout.densified(as: .bool), by: "mul_Tensor")
    release(flags.reversed() + [size])
    return both
  }
}
