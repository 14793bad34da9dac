import ModelGraph

// Distances and losses that C++ composes of other functions.
// Source: `ATen/native/Distance.cpp` and `Loss.cpp`, PyTorch 2.15.

extension TrainingRule {
  static let cosineSimilarity = TrainingRule { dispatcher, call in
    guard let (a, b) = dispatcher.raisedPair(call), let shape = call.outputs.first?.shape,
      let whole = try? broadcastShape(a.shape, b.shape),
      let axis = try? call.call.axis(default: 1, rank: whole.count)
    else { return [] }
    return [dispatcher.cosine(a, b, whole, axis: axis, to: shape)]
  }

  static let pairwiseDistance = TrainingRule { dispatcher, call in
    guard let a = call.input(0), let b = call.input(1), !a.shape.isEmpty, !b.shape.isEmpty else {
      return []
    }
    return [dispatcher.distance(a, b, to: call.outputs.first?.shape ?? [])]
  }

  static let tripletLoss = TrainingRule { dispatcher, call in
    guard let a = call.input(0).map({ dispatcher.raised($0) }),
      let p = call.input(1).map({ dispatcher.raised($0) }),
      let n = call.input(2).map({ dispatcher.raised($0) }),
      [a, p, n].allSatisfy({ !$0.shape.isEmpty })
    else { return [] }
    let shape = Shape(a.shape.dropLast())
    let near = dispatcher.distance(a, p, to: shape)
    var far = dispatcher.distance(a, n, to: shape)
    if call.attributes.flag("swap") {
      let other = dispatcher.distance(p, n, to: shape)
      far = dispatcher.least(far, other)
    }
    let shifted = dispatcher.shift(near, inPlace: false)
    let difference = dispatcher.subtract(shifted, far, to: shifted.layout.type)
    let losses = dispatcher.clamp(
      difference, isBoundedBelow: true, isBoundedAbove: false, inPlace: false)
    dispatcher.release(shifted)
    return [dispatcher.reduced(losses, call)]
  }

  static let rankingLoss = TrainingRule { dispatcher, call in
    guard let (a, b) = dispatcher.raisedPair(call),
      let target = call.input(2).map({ dispatcher.raised($0) })
    else { return [] }
    let difference = dispatcher.subtract(a, b, to: a.layout.type)
    let signs = dispatcher.make(target.layout.densified(), by: "neg")
    let product = dispatcher.multiply(signs, difference, to: difference.layout.type)
    let shifted = dispatcher.shift(product, inPlace: false)
    dispatcher.release(product)
    dispatcher.release(difference)
    let losses = dispatcher.clamp(
      shifted, isBoundedBelow: true, isBoundedAbove: false, inPlace: true)
    return [dispatcher.reduced(losses, call)]
  }

  static let hingeLoss = TrainingRule { dispatcher, call in
    guard let (x, target) = dispatcher.raisedPair(call) else { return [] }
    let zeros = dispatcher.make(x.layout.densified(), by: "zeros_like")
    let difference = dispatcher.negativeShift(x)
    let margin = dispatcher.clamp(
      difference, isBoundedBelow: true, isBoundedAbove: false, inPlace: true)
    let losses = dispatcher.chosen(
      margin, x, zeros, TensorType(.bool, target.shape))
    dispatcher.release([margin, difference, zeros])
    return [dispatcher.reduced(losses, call)]
  }

  static let softMarginLoss = TrainingRule { dispatcher, call in
    guard let (x, target) = dispatcher.raisedPair(call) else { return [] }
    let kernel = "soft_margin_loss"
    let losses = dispatcher.make(x.layout.densified(), by: kernel)
    let isWhole = !call.keepsElements
    if isWhole {
      let needed = dispatcher.environment.reductionScratch(ofAll: x.layout.type)
      let mean = dispatcher.make(TensorType(x.dataType, []), by: "mean_dim")
      dispatcher.scratch(needed.first ?? 0, needed.last ?? 0, by: "mean_dim")
      dispatcher.release(mean)
    }
    let y =
      isWhole
      ? dispatcher.share(losses, as: TensorLayout(TensorType(x.dataType, []))) : losses
    dispatcher.record("SoftMarginLossBackward0", from: [x], to: [y], saving: [x, target]) {
      dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      let layout = x.layout.densified()
      let parts = ["neg", "mul_Tensor"].map { dispatcher.make(layout, by: $0) }
      let exponential = dispatcher.make(layout, by: "exp")
      dispatcher.release(parts)
      let gradient = dispatcher.make(layout, by: "mul_Tensor")
      dispatcher.release(exponential)
      return [gradient]
    }
    return [y]
  }

  static let cosineLoss = TrainingRule { dispatcher, call in
    guard let (a, b) = dispatcher.raisedPair(call),
      let target = call.input(2).map({ dispatcher.raised($0) }), !a.shape.isEmpty
    else { return [] }
    let axis = a.shape.count - 1
    let ab = dispatcher.dot(a, b, axis, isShifted: false)
    let aa = dispatcher.dot(a, a, axis, isShifted: true)
    let bb = dispatcher.dot(b, b, axis, isShifted: true)
    let product = dispatcher.multiply(aa, bb, to: aa.layout.type)
    let root = dispatcher.unaryInPlace(
      product, KernelNames(forward: "sqrt", backward: "div_Tensor", keepsOutputInPlace: true),
      saves: .output)
    let cosine = dispatcher.divide(ab, root, to: ab.layout.type)
    let zeros = dispatcher.make(cosine.layout, by: "zeros_like")
    let difference = dispatcher.negativeShift(cosine)
    let shifted = dispatcher.shift(cosine, inPlace: false, kernel: "sub_Tensor")
    let margin = dispatcher.clamp(
      shifted, isBoundedBelow: true, isBoundedAbove: false, inPlace: true)
    let losses = dispatcher.chosen(difference, margin, zeros, TensorType(.bool, target.shape))
    dispatcher.release([margin, shifted, difference, zeros, cosine])
    return [dispatcher.reduced(losses, call)]
  }

  static let divergenceLoss = TrainingRule { dispatcher, call in
    guard let (x, target) = dispatcher.raisedPair(call) else { return [] }
    let type = x.layout.type
    let losses: DispatchedTensor
    if call.attributes.flag("logarithm") {
      let difference = dispatcher.subtract(target, x, to: type)
      let exponential = dispatcher.unary(
        target, KernelNames(forward: "exp", backward: "mul_Tensor"), saves: .output)
      losses = dispatcher.multiply(exponential, difference, to: type)
      dispatcher.release(difference)
      dispatcher.release(exponential)
    } else {
      let product = dispatcher.multiply(target, x, to: type)
      let entropy = dispatcher.unary(
        target, KernelNames(forward: "xlogy_Tensor", backward: "mul_Tensor"), saves: .input)
      losses = dispatcher.subtract(entropy, product, to: type)
      dispatcher.release(entropy)
      dispatcher.release(product)
    }
    return [dispatcher.reduced(losses, call)]
  }

  static let poissonLoss = TrainingRule { dispatcher, call in
    guard let (x, target) = dispatcher.raisedPair(call) else { return [] }
    let type = x.layout.type
    let losses: DispatchedTensor
    if call.attributes.flag("logarithm") {
      let product = dispatcher.multiply(target, x, to: type)
      let exponential = dispatcher.unary(
        x, KernelNames(forward: "exp", backward: "mul_Tensor"), saves: .output)
      losses = dispatcher.subtract(exponential, product, to: type)
      dispatcher.release(product)
      dispatcher.release(exponential)
    } else {
      let shifted = dispatcher.shift(x, inPlace: false)
      let logarithm = dispatcher.unary(
        shifted, KernelNames(forward: "log", backward: "div_Tensor"), saves: .input)
      dispatcher.release(shifted)
      let product = dispatcher.multiply(target, logarithm, to: type)
      dispatcher.release(logarithm)
      losses = dispatcher.subtract(x, product, to: type)
      dispatcher.release(product)
    }
    return [dispatcher.reduced(losses, call)]
  }

  /// One product of stacks after the other, for each matrix.
  ///
  /// Source: `bilinear` and `_trilinear` of `ATen/native/Linear.cpp`, PyTorch 2.15.
  static let bilinear = TrainingRule { dispatcher, call in
    guard let given = call.input(0), let other = call.input(1), let matrices = call.input(2),
      let shape = call.outputs.first?.shape, matrices.shape.count == 3
    else { return [] }
    let widest = [given, other, matrices].map(\.dataType).reduce(given.dataType, promoted)
    let (a, b, w) = (
      dispatcher.rows(dispatcher.cast(given, to: widest)),
      dispatcher.rows(dispatcher.cast(other, to: widest)), dispatcher.cast(matrices, to: widest)
    )
    let count = min(w.shape[0], largestLoop)
    let rows = a.shape.first ?? 1
    let (wide, tall) = (a.shape.last ?? 1, b.shape.last ?? 1)
    @Sendable func type(_ shape: Int...) -> TensorType { TensorType(widest, shape) }
    let y = dispatcher.make(type(rows, w.shape[0]), by: "_trilinear")
    for _ in 0..<count {
      let first = dispatcher.product(type(rows, tall))
      let second = dispatcher.product(type(rows, 1))
      dispatcher.release(first)
      dispatcher.release(second)
    }
    dispatcher.record("TrilinearBackward0", from: [a, w, b], to: [y], saving: [a, w, b]) {
      dispatcher, call in
      guard call.gradient != nil else { return [nil, nil, nil] }
      var gradients: [DispatchedTensor?] = [nil, nil, nil]
      for (index, whole) in [a, w, b].enumerated() where call.needs(index) {
        let made = dispatcher.make(whole.layout.type, by: "_trilinear")
        for _ in 0..<count {
          let steps: [(type: TensorType, isProduct: Bool)] =
            switch index {
            case 0: [(type(rows, wide, tall), false), (type(rows, wide), true)]
            case 1: [(type(rows, wide), false), (type(wide, tall), true)]
            default: [(type(rows, tall), true), (type(rows, tall), false)]
            }
          let parts = steps.map { step in
            step.isProduct
              ? dispatcher.product(step.type) : dispatcher.make(step.type, by: "mul_Tensor")
          }
          for part in parts { dispatcher.release(part) }
        }
        gradients[index] = made
      }
      return gradients
    }
    guard let bias = call.input(3) else { return [dispatcher.reshape(y, shape)] }
    let sum = dispatcher.add(y, bias, to: y.layout.type)
    return [dispatcher.reshape(sum, shape)]
  }

  /// More matrices than this are not counted one by one.
  private static let largestLoop = 1024

  /// Places made of steps along each axis, and one product.
  ///
  /// Source: `ATen/native/AffineGridGenerator.cpp`, PyTorch 2.15.
  static let affinePlaces = TrainingRule { dispatcher, call in
    guard let given = call.input(0), let shape = call.outputs.first?.shape, shape.count >= 3,
      given.shape.count >= 2
    else { return [] }
    let sizes = shape.dropFirst().dropLast()
    let base = TensorType(given.dataType, shape.dropLast() + [sizes.count + 1])
    let isAligned = call.attributes.flag("aligned")
    let grid = dispatcher.places(base, sizes, isAligned)
    let map = dispatcher.lowered(given)
    let ones = dispatcher.lowered(grid)
    let type = TensorType(map.dataType, [shape[0], Shape(sizes).elementCount, sizes.count])
    let y = dispatcher.product(type)
    dispatcher.drop(ones, ifCopyOf: grid)
    dispatcher.release(grid)
    let made = dispatcher.share(y, as: TensorLayout(TensorType(map.dataType, shape)))
    dispatcher.record("AffineGridGeneratorBackward0", from: [map], to: [made]) { dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      let own = TensorType(map.dataType, base.shape)
      let grid = dispatcher.places(own, sizes, isAligned)
      let turned = Shape(map.shape.dropLast(2)) + Shape(map.shape.suffix(2).reversed())
      let gradient = dispatcher.product(TensorType(map.dataType, turned))
      dispatcher.release(grid)
      return [dispatcher.share(gradient, as: gradient.layout.transposed())]
    }
    return [made]
  }
}

extension Dispatcher {
  /// The cosine of vectors: both are divided by their lengths, which are copied and kept from being zero.
  fileprivate mutating func cosine(
    _ a: DispatchedTensor, _ b: DispatchedTensor, _ whole: Shape, axis: Int, to shape: Shape
  ) -> DispatchedTensor {
    let (first, second) = (expand(a, to: whole), expand(b, to: whole))
    let lengths = [first, second].map { x -> DispatchedTensor in
      clone(norm(x, over: [axis], keepsAxes: true))
    }
    let epsilon = make(TensorType(a.dataType, []), by: "scalar_tensor")
    let type = TensorType(a.dataType, whole)
    let unit = zip([first, second], lengths).map { divide($0, $1, to: type) }
    let product = multiply(unit[0], unit[1], to: type)
    let y = summed(product, over: [axis])
    release(product)
    release(epsilon)
    return y
  }

  /// The square root of the sum of squares over axes.
  private mutating func norm(
    _ x: DispatchedTensor, over axes: Set<Int>, keepsAxes: Bool,
    kernel: String = "linalg_vector_norm"
  ) -> DispatchedTensor {
    let y = sum(x, over: axes, keepsAxes: keepsAxes, kernel: kernel)
    record("NormBackward0", from: [x], to: [y], saving: [x, y]) { dispatcher, call in
      [
        call.gradient.map { gradient in
          dispatcher.normGradient(x.layout.densified(as: gradient.dataType), of: y)
        }
      ]
    }
    return y
  }

  /// The length of a difference to which a small number is added.
  fileprivate mutating func distance(
    _ a: DispatchedTensor, _ b: DispatchedTensor, to shape: Shape
  ) -> DispatchedTensor {
    let whole = (try? broadcastShape(a.shape, b.shape)) ?? a.shape
    let difference = subtract(a, b, to: TensorType(a.dataType, whole))
    let shifted = shift(difference, inPlace: false)
    let length = norm(
      shifted, over: [max(0, whole.count - 1)], keepsAxes: shape.count == whole.count,
      kernel: "norm_ScalarOpt_dim")
    release(difference)
    return length
  }

  /// The lesser of two.
  fileprivate mutating func least(
    _ a: DispatchedTensor, _ b: DispatchedTensor
  ) -> DispatchedTensor {
    let y = make(a.layout.densified(), by: "minimum")
    record("MinimumBackward0", from: [a, b], to: [y], saving: [a, b]) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      return call.needs.map {
        $0 ? dispatcher.make(gradient.layout.densified(), by: "where_self") : nil
      }
    }
    return y
  }

  /// A number less the tensor, written into a new one.
  fileprivate mutating func negativeShift(_ x: DispatchedTensor) -> DispatchedTensor {
    let y = make(x.layout.densified(), by: "sub_Tensor")
    record("SubBackward0", from: [x], to: [y]) { dispatcher, call in
      [call.gradient.map { dispatcher.make($0.layout.densified(), by: "neg") }]
    }
    return y
  }

  /// The sum of two tensors, each where its flags say and zero elsewhere.
  fileprivate mutating func chosen(
    _ a: DispatchedTensor, _ b: DispatchedTensor, _ zeros: DispatchedTensor, _ flags: TensorType
  ) -> DispatchedTensor {
    let parts = [a, b].map { x -> DispatchedTensor in
      let flag = make(flags, by: "ne_Scalar")
      return choose(zeros, x, where: flag, to: x.layout.type)
    }
    let y = add(parts[1], parts[0], to: parts[0].layout.type)
    release(parts)
    return y
  }

  /// The sum of products along an axis.
  fileprivate mutating func dot(
    _ a: DispatchedTensor, _ b: DispatchedTensor, _ axis: Int, isShifted: Bool
  ) -> DispatchedTensor {
    let product = multiply(a, b, to: a.layout.type)
    let sum = summed(product, over: [axis])
    guard isShifted else {
      release(product)
      return sum
    }
    let shifted = shift(sum, inPlace: false)
    release(sum)
    release(product)
    return shifted
  }

  fileprivate mutating func rows(_ x: DispatchedTensor) -> DispatchedTensor {
    reshape(x, [Shape(x.shape.dropLast()).elementCount, x.shape.last ?? 1])
  }

  /// The result of one product of stacks of matrices, unseen by autograd.
  fileprivate mutating func product(_ type: TensorType) -> DispatchedTensor {
    let y = make(type, by: "bmm")
    takeWorkspace(by: "bmm")
    return y
  }

  /// The places of an image's elements, with a one beside them.
  fileprivate mutating func places(
    _ base: TensorType, _ sizes: ArraySlice<Int>, _ isAligned: Bool
  ) -> DispatchedTensor {
    let grid = make(base, by: "affine_grid_generator")
    let kernels = isAligned ? ["linspace"] : ["linspace", "mul_Tensor", "div_Tensor"]
    for size in sizes.reversed() {
      let steps = kernels.map { make(TensorType(base.dataType, [size]), by: $0) }
      for step in steps { release(step) }
    }
    return grid
  }
}
