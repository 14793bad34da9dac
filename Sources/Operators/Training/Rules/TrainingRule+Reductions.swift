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

  /// The sum up to each element; the gradient, in the input's type, is turned round, summed and turned back.
  static let cumulativeSum = TrainingRule.unary { dispatcher, x, call in
    let y = dispatcher.accumulated(x, call, by: "cumsum")
    dispatcher.record("CumsumBackward0", from: [x], to: [y]) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      let own = dispatcher.cast(gradient, to: x.dataType)
      let made = dispatcher.compose(own.layout.densified(), by: ["flip", "cumsum", "flip"])
      dispatcher.drop(own, ifCopyOf: gradient)
      return [made]
    }
    return y
  }

  /// The product up to each element; the gradient of one that is zero nowhere is a sum, turned round and divided.
  ///
  /// Source: `cumprod_backward` of `ATen/native/ReduceOps.cpp`, PyTorch 2.15.
  static let cumulativeProduct = TrainingRule.unary { dispatcher, x, call in
    let y = dispatcher.accumulated(x, call, by: "cumprod")
    dispatcher.record("CumprodBackward0", from: [x], to: [y], saving: [x, y]) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      let own = dispatcher.cast(gradient, to: x.dataType)
      let layout = x.layout.densified()
      let product = dispatcher.make(layout, by: "mul_Tensor")
      let flags = dispatcher.make(x.layout.densified(as: .bool), by: "eq_Scalar")
      dispatcher.scratch(1, by: "any")
      let parts = ["flip", "cumsum", "flip"].map { dispatcher.make(layout, by: $0) }
      dispatcher.release(Array(parts.dropLast()))
      let made = dispatcher.make(layout, by: "div_Tensor")
      dispatcher.release([parts[2], flags, product].reversed())
      dispatcher.drop(own, ifCopyOf: gradient)
      return [made]
    }
    return y
  }

  /// The product over axes; zeros are counted before the product is divided by each element.
  ///
  /// Source: `prod_backward` of `FunctionsManual.cpp`, PyTorch 2.15.
  static let product = reducing { dispatcher, x, axes, keeps in
    let y = dispatcher.sum(
      x, over: axes, keepsAxes: keeps, kernel: "prod_dim_int", as: dispatcher.raisedType(of: x))
    let kept = TensorType(.int64, reducedShape(x.shape, axes: axes, keepsAxes: true))
    dispatcher.record("ProdBackward1", from: [x], to: [y], saving: [x, y]) { dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      let layout = x.layout.densified(as: y.dataType)
      var held: [DispatchedTensor] = []
      if x.dataType != y.dataType { held.append(dispatcher.make(layout, by: "_to_copy")) }
      held.append(dispatcher.make(x.layout.densified(as: .bool), by: "eq_Scalar"))
      held.append(dispatcher.make(kept, by: "sum_dim_IntList"))
      dispatcher.release(dispatcher.make(x.layout.densified(as: .int64), by: "_to_copy"))
      dispatcher.scratch(8, by: "sum_dim_IntList")
      held.append(dispatcher.make(layout, by: "div_Tensor"))
      let made = dispatcher.make(layout, by: "mul_Tensor")
      dispatcher.release(held)
      let own = dispatcher.cast(made, to: x.dataType)
      dispatcher.drop(made, ifCopyOf: own)
      return [own]
    }
    return y
  }

  /// The logarithm of the sum of exponentials of what is left once the largest is taken away.
  ///
  /// Source: `logsumexp_out` of `ATen/native/ReduceOps.cpp`, PyTorch 2.15.
  static let logarithmOfSum = reducing { dispatcher, given, axes, keeps in
    let x = dispatcher.raised(given)
    let kernel = "logsumexp"
    let kept = TensorType(x.dataType, reducedShape(x.shape, axes: axes, keepsAxes: true))
    let largest = dispatcher.make(kept, by: "amax")
    let size = dispatcher.make(kept, by: "abs")
    dispatcher.scratch(kept.elementCount, by: "eq_Scalar")
    dispatcher.release(size)
    let rest = dispatcher.make(x.layout.densified(), by: "sub_Tensor")
    let y = dispatcher.sum(x, over: axes, keepsAxes: keeps, kernel: kernel)
    dispatcher.release(rest)
    dispatcher.release(largest)
    dispatcher.record("LogsumexpBackward0", from: [x], to: [y], saving: [x, y]) {
      dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      return [dispatcher.compose(x.layout.densified(), by: ["sub_Tensor", "exp", "mul_Tensor"])]
    }
    return y
  }

  /// The square root of the sum of squares.
  static let vectorNorm = TrainingRule.unary { dispatcher, x, call in
    let axes = (try? reducedAxes(call.call, rank: x.shape.count)) ?? []
    let keeps = (call.attributes.integer("keepdims") ?? 1) != 0
    let isOfSizes = call.attributes.integer("order") == 1
    let kernel = "linalg_vector_norm"
    let y = dispatcher.sum(
      x, over: axes, keepsAxes: keeps, kernel: kernel, as: dispatcher.raisedType(of: x))
    dispatcher.record("LinalgVectorNormBackward0", from: [x], to: [y], saving: [x, y]) {
      dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      // A single number does not widen what it is multiplied with.
      let layout = x.layout.densified(as: y.shape.isEmpty ? x.dataType : gradient.dataType)
      guard !isOfSizes else {
        let signs = dispatcher.make(x.layout.densified(), by: "sgn")
        let made = dispatcher.make(layout, by: "mul_Tensor")
        dispatcher.release(signs)
        return [made]
      }
      return [dispatcher.normGradient(layout, of: y)]
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
  /// The gradient of lengths, which is zero where they are.
  ///
  /// Source: `norm_backward` of `FunctionsManual.cpp`, PyTorch 2.15.
  mutating func normGradient(
    _ layout: TensorLayout, of lengths: DispatchedTensor
  ) -> DispatchedTensor {
    let quotient = make(layout, by: "div_Tensor")
    let isZero = make(lengths.layout.densified(as: .bool), by: "eq_Scalar")
    let made = make(layout, by: "mul_Tensor")
    release(isZero)
    release(quotient)
    return made
  }

  /// Single precision where autocast asks a reduction for it, which casts nothing before; else `nil`.
  fileprivate func raisedType(of x: DispatchedTensor) -> DataType? {
    let isRaised = environment.autocast != nil && recordsGradients && x.dataType.isFloatingPoint
    return isRaised ? .float32 : nil
  }

  /// A value for each element of those up to it; under autocast in single precision, of a copy.
  fileprivate mutating func accumulated(
    _ x: DispatchedTensor, _ call: TrainingCall, by kernel: String
  ) -> DispatchedTensor {
    let own = x.dataType.isFloatingPoint ? x.dataType : call.outputs.first?.dataType
    let y = make(TensorType(raisedType(of: x) ?? own ?? x.dataType, x.shape), by: kernel)
    if x.dataType.isFloatingPoint, x.dataType != y.dataType {
      release(make(x.layout.densified(as: y.dataType), by: "_to_copy"))
    } else if !x.layout.isContiguous {
      release(make(TensorLayout(x.layout.type), by: "clone"))
    }
    return y
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
