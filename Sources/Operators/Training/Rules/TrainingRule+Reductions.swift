import ModelGraph

extension TrainingRule {
  /// The sum over axes; the gradient is the output's, repeated without a copy.
  ///
  /// Asked for single precision it adds in it without a copy.
  static let sum = TrainingRule.unary { dispatcher, x, call in
    let axes = (try? reducedAxes(call.call, rank: x.shape.count)) ?? []
    let keeps = (call.attributes.integer("keepdims") ?? 1) != 0
    let isWhole = axes.count == x.shape.count
    let kernel = isWhole && !keeps ? "sum" : "sum_dim_IntList"
    let isSingle = call.attributes.flag("single") && x.dataType.isFloatingPoint
    let y = dispatcher.sum(
      x, over: axes, keepsAxes: keeps, kernel: kernel,
      as: isSingle ? .float32 : dispatcher.raisedType(of: x))
    dispatcher.record("SumBackward1", from: [x], to: [y]) { dispatcher, call in
      [call.gradient.map { dispatcher.spread($0, over: axes, of: x, keepsAxes: keeps) }]
    }
    return y
  }

  static let mean = reducing { dispatcher, x, axes, keeps in
    dispatcher.mean(x, over: axes, keepsAxes: keeps)
  }

  /// The sum up to each element; the gradient is turned round, summed and turned back.
  static let cumulativeSum = TrainingRule.unary { dispatcher, x, call in
    let own = x.dataType.isFloatingPoint ? x.dataType : call.outputs.first?.dataType
    let y = dispatcher.make(
      x.layout.densified(as: dispatcher.raisedType(of: x) ?? own), by: "cumsum")
    dispatcher.record("CumsumBackward0", from: [x], to: [y]) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      let layout = gradient.layout.densified()
      return [dispatcher.compose(layout, by: ["flip", "cumsum", "flip"])]
    }
    return y
  }

  /// The square root of the sum of squares.
  static let vectorNorm = reducing { dispatcher, x, axes, keeps in
    let kernel = "linalg_vector_norm"
    let y = dispatcher.sum(
      x, over: axes, keepsAxes: keeps, kernel: kernel, as: dispatcher.raisedType(of: x))
    dispatcher.record("LinalgVectorNormBackward0", from: [x], to: [y], saving: [x, y]) {
      dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      let layout = x.layout.densified(as: gradient.dataType)
      let quotient = dispatcher.make(layout, by: "div_Tensor")
      let isZero = dispatcher.make(y.layout.densified(as: .bool), by: "eq_Scalar")
      let made = dispatcher.make(layout, by: "mul_Tensor")
      dispatcher.release(isZero)
      dispatcher.release(quotient)
      return [made]
    }
    return y
  }

  /// The largest or smallest over axes, whose gradient all that are equal to it share.
  ///
  /// Source: `scale_grad_by_count` of `FunctionsManual.cpp`, PyTorch 2.15.
  static func reducedExtremum(_ kernel: String) -> TrainingRule {
    reducing { dispatcher, x, axes, keeps in
      let y = dispatcher.sum(x, over: axes, keepsAxes: keeps, kernel: kernel)
      dispatcher.record("AmaxBackward0", from: [x], to: [y], saving: [x, y]) { dispatcher, call in
        guard call.gradient != nil else { return [nil] }
        return [dispatcher.extremumGradient(of: x, over: axes)]
      }
      return y
    }
  }

  /// The variance over axes, or with the attribute `root` the deviation.
  static let variance = TrainingRule.unary { dispatcher, x, call in
    let axes = (try? reducedAxes(call.call, rank: x.shape.count)) ?? []
    let keeps = (call.attributes.integer("keepdims") ?? 1) != 0
    let isRoot = call.attributes.flag("root")
    let kernel = isRoot ? "std_correction" : "var_correction"
    let y = dispatcher.sum(x, over: axes, keepsAxes: keeps, kernel: kernel)
    dispatcher.record(
      isRoot ? "StdBackward0" : "VarBackward0", from: [x], to: [y], saving: [x, isRoot ? y : nil]
    ) { dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      return [dispatcher.varianceGradient(of: x, over: axes, y.layout, isRoot: isRoot)]
    }
    return y
  }

  private static func reducing(
    _ reduce:
      @escaping @Sendable (inout Dispatcher, DispatchedTensor, Set<Int>, Bool) -> DispatchedTensor
  ) -> TrainingRule {
    .unary { dispatcher, x, call in
      let axes = (try? reducedAxes(call.call, rank: x.shape.count)) ?? []
      let keeps = (call.attributes.integer("keepdims") ?? 1) != 0
      return reduce(&dispatcher, x, axes, keeps)
    }
  }
}

extension Dispatcher {
  /// Single precision where autocast asks a reduction for it, which casts nothing before; else `nil`.
  fileprivate func raisedType(of x: DispatchedTensor) -> DataType? {
    let isRaised = environment.autocast != nil && recordsGradients && x.dataType.isFloatingPoint
    return isRaised ? .float32 : nil
  }

  /// A gradient repeated along the axes over which a tensor was summed, as a view.
  fileprivate mutating func spread(
    _ gradient: DispatchedTensor, over axes: Set<Int>, of x: DispatchedTensor, keepsAxes: Bool
  ) -> DispatchedTensor {
    let kept = reducedShape(x.shape, axes: axes, keepsAxes: true)
    let seen = keepsAxes ? gradient.layout : gradient.layout.viewed(as: kept)
    return share(gradient, as: (seen ?? gradient.layout).expanded(to: x.shape))
  }

  /// The gradient divided among the elements that are as large as the largest.
  fileprivate mutating func extremumGradient(
    of x: DispatchedTensor, over axes: Set<Int>
  ) -> DispatchedTensor {
    let layout = x.layout.densified()
    let kept = reducedShape(x.shape, axes: axes, keepsAxes: true)
    let mask = make(x.layout.densified(as: .bool), by: "eq_Tensor")
    let count = make(TensorType(.int64, kept), by: "sum_dim_IntList")
    let numbers = make(x.layout.densified(as: .int64), by: "_to_copy")
    let scratch = ReductionScratch(numbers.layout, over: axes, on: environment)
    self.scratch(scratch.stagingByteCount, scratch.semaphoreByteCount, by: "sum_dim_IntList")
    release(numbers)
    let share = make(TensorType(x.dataType, kept), by: "div_Tensor")
    let made = make(layout, by: "mul_Tensor")
    for temporary in [share, count, mask] { release(temporary) }
    return made
  }

  /// The temporaries of `2 / n · gradient · (x − mean(x))`.
  ///
  /// Source: `var_backward` and `std_backward` of `FunctionsManual.cpp`, PyTorch 2.15.
  fileprivate mutating func varianceGradient(
    of x: DispatchedTensor, over axes: Set<Int>, _ reduced: TensorLayout, isRoot: Bool
  ) -> DispatchedTensor {
    var temporaries: [DispatchedTensor] = []
    if isRoot {
      let double = make(reduced, by: "mul_Tensor")
      temporaries.append(make(reduced, by: "div_Tensor"))
      release(make(reduced.densified(as: .bool), by: "eq_Scalar"))
      release(double)
    }
    let layout = x.layout.densified()
    temporaries.append(sum(x, over: axes, keepsAxes: true, kernel: "mean_dim"))
    temporaries.append(make(layout, by: "sub_Tensor"))
    temporaries.append(make(reduced, by: "mul_Tensor"))
    let made = make(layout, by: "mul_Tensor")
    for temporary in temporaries.reversed() { release(temporary) }
    return made
  }
}
