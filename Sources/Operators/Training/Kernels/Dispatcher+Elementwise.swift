public import ModelGraph

extension Dispatcher {
  /// A function of each element, with a gradient that one kernel computes.
  mutating func unary(
    _ x: DispatchedTensor, _ names: KernelNames, saves: Kept
  ) -> DispatchedTensor {
    let y = make(x.layout.mapped(), by: names.forward)
    recordUnary(x, y, names, saves)
    return y
  }

  /// A function of each element, written over the input.
  ///
  /// A gradient that reads the input gets a copy of it, made before it is overwritten.
  mutating func unaryInPlace(
    _ x: DispatchedTensor, _ names: KernelNames, saves: Kept
  ) -> DispatchedTensor {
    let original = saves == .input && needsGradient(x) ? copyBeforeOverwriting(x) : x
    begin(names.forward)
    let y = share(x)
    recordUnary(x, y, names, saves == .input ? .tensor(original) : saves)
    if original != x { release(original) }
    return y
  }

  /// What a gradient reads of an operand: a copy if it is about to be overwritten.
  private mutating func original(
    _ x: DispatchedTensor, overwritten: Bool
  ) -> DispatchedTensor {
    overwritten ? copyBeforeOverwriting(x) : x
  }

  private mutating func copyBeforeOverwriting(_ x: DispatchedTensor) -> DispatchedTensor {
    make(x.layout.densified(), by: "clone")
  }

  private mutating func recordUnary(
    _ x: DispatchedTensor, _ y: DispatchedTensor, _ names: KernelNames, _ kept: Kept
  ) {
    let saved: DispatchedTensor? =
      switch kept {
      case .nothing: nil
      case .input: x
      case .output: y
      case .tensor(let tensor): tensor
      }
    record(names.node, from: [x], to: [y], saving: [saved]) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      let model = names.gradientLiesAsSaved ? call.saved.first ?? gradient : gradient
      let layout = model.layout.mapped()
      guard names.gradientKernels.isEmpty else {
        return [dispatcher.compose(layout, by: names.gradientKernels)]
      }
      return [dispatcher.make(layout, by: names.backward)]
    }
  }

  /// The last of several tensors of one layout, each computed from those before it.
  ///
  /// They are the temporaries of one C++ expression, which go together at its end.
  mutating func compose(_ layout: TensorLayout, by kernels: [String]) -> DispatchedTensor? {
    let made = kernels.map { make(layout, by: $0) }
    for temporary in made.dropLast().reversed() { release(temporary) }
    return made.last
  }

  /// What a gradient reads.
  enum Kept: Hashable {
    case nothing, input, output
    case tensor(DispatchedTensor)
  }
}

/// PyTorch's names of a function and of its gradient's kernel.
struct KernelNames: Sendable {
  let forward: String
  let backward: String

  /// Whether the function keeps its output when it works in place, though else its input.
  let keepsOutputInPlace: Bool

  /// The kernels that the gradient is composed of, in order; empty if one kernel computes it.
  var gradientKernels: [String] = []

  /// Whether the gradient's axes lie as those of what was kept, not as the incoming gradient's.
  let gradientLiesAsSaved: Bool

  /// The name of autograd's node.
  var node: String { "\(forward)_backward" }

  init(
    forward: String, backward: String? = nil, keepsOutputInPlace: Bool = false,
    gradientLiesAsSaved: Bool = false
  ) {
    self.forward = forward
    self.backward = backward ?? "\(forward)_backward"
    self.keepsOutputInPlace = keepsOutputInPlace
    self.gradientLiesAsSaved = gradientLiesAsSaved
  }

  /// The names that PyTorch gives to a function that is called alike.
  init(of name: OperatorName) { self.init(forward: name.name.lowercased()) }
}

/// The type of a result of two floating-point types: the wider, or single precision for both halves.
func promoted(_ a: DataType, _ b: DataType) -> DataType {
  if a.isComplex != b.isComplex { return a.isComplex ? a : b }
  guard a != b, a.isFloatingPoint, b.isFloatingPoint else { return a.isFloatingPoint ? a : b }
  if a.layout.bytes == b.layout.bytes { return .float32 }
  return a.layout.bytes > b.layout.bytes ? a : b
}

extension Dispatcher {
  /// The layout of an elementwise result of several tensors.
  ///
  /// Its type is the widest of theirs.
  func broadcastLayout(_ tensors: [DispatchedTensor], _ shape: Shape) -> TensorLayout {
    // Single numbers have no say in it beside others, unless those are integers.
    let others = tensors.filter { !$0.shape.isEmpty }
    let types = (others.contains { $0.dataType.isFloatingPoint } ? others : tensors).map(\.dataType)
    let dataType = types.dropFirst().reduce(types.first ?? .float32, promoted)
    let type = TensorType(dataType, shape)
    // Operands that all lie alike and without gaps hand their strides on, also those of size one.
    if let first = tensors.first, first.shape == shape, first.layout.isDense,
      tensors.allSatisfy({ $0.shape == shape && $0.layout.strides == first.layout.strides })
    {
      return first.layout.mapped(as: dataType)
    }
    return TensorLayout(ofElementwise: tensors.map(\.layout), type)
  }

  mutating func add(
    _ a: DispatchedTensor, _ b: DispatchedTensor, to type: TensorType, inPlace: Bool = false
  ) -> DispatchedTensor {
    begin("add_Tensor")
    let y = inPlace ? share(a) : make(broadcastLayout([a, b], type.shape), by: "add_Tensor")
    record("AddBackward0", from: [a, b], to: [y], backward: Self.passGradient)
    return y
  }

  mutating func subtract(
    _ a: DispatchedTensor, _ b: DispatchedTensor, to type: TensorType, inPlace: Bool = false
  ) -> DispatchedTensor {
    begin("sub_Tensor")
    let y = inPlace ? share(a) : make(broadcastLayout([a, b], type.shape), by: "sub_Tensor")
    record("SubBackward0", from: [a, b], to: [y]) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      return [
        call.needs(0) ? gradient : nil,
        call.needs(1) ? dispatcher.make(gradient.layout.densified(), by: "neg") : nil,
      ]
    }
    return y
  }

  /// The product; each gradient reads the other factor.
  mutating func multiply(
    _ a: DispatchedTensor, _ b: DispatchedTensor, to type: TensorType, inPlace: Bool = false
  ) -> DispatchedTensor {
    let first = needsGradient(b) ? original(a, overwritten: inPlace) : nil
    begin("mul_Tensor")
    // A node lets go of what it keeps in the order of the arguments' names: `other`, then `self`.
    let saved = [needsGradient(a) ? b : nil, first]
    defer { if let first, first != a { release(first) } }
    let y = inPlace ? share(a) : make(broadcastLayout([a, b], type.shape), by: "mul_Tensor")
    record("MulBackward0", from: [a, b], to: [y], saving: saved) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      // Gradients are computed in the order of the arguments' names: `other`, then `self`.
      let gradients = zip([a, b], call.needs.reversed()).map { factor, need in
        need ? dispatcher.product(of: gradient.layout, with: factor.layout) : nil
      }
      return gradients.reversed()
    }
    return y
  }

  /// The sum of a tensor and the product of two; each factor's gradient reads the other.
  mutating func add(
    _ sum: DispatchedTensor, productOf a: DispatchedTensor, _ b: DispatchedTensor,
    to type: TensorType
  ) -> DispatchedTensor {
    let kernel = "addcmul"
    let saved = [needsGradient(b) ? a : nil, needsGradient(a) ? b : nil]
    let y = make(broadcastLayout([sum, a, b], type.shape), by: kernel)
    record("AddcmulBackward0", from: [sum, a, b], to: [y], saving: saved) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil, nil] }
      let gradients = zip([b, a], call.needs.dropFirst()).map { other, need in
        need ? dispatcher.product(gradient.layout, with: other.layout) : nil
      }
      return [call.needs(0) ? gradient : nil] + gradients
    }
    return y
  }

  /// The product of a gradient and a factor; of a complex one, the conjugate is copied first.
  private mutating func product(
    of gradient: TensorLayout, with factor: TensorLayout
  ) -> DispatchedTensor {
    let conjugate =
      factor.dataType.isComplex ? make(factor.densified(), by: "mul_Tensor") : nil
    let made = make(gradient.densified(), by: "mul_Tensor")
    if let conjugate { release(conjugate) }
    return made
  }

  /// The product of a gradient and a factor that is scaled first.
  private mutating func product(
    _ gradient: TensorLayout, with factor: TensorLayout
  ) -> DispatchedTensor {
    let scaled = make(factor.densified(), by: "mul_Tensor")
    let made = make(gradient.densified(), by: "mul_Tensor")
    release(scaled)
    return made
  }

  /// The quotient, whose second gradient takes three temporaries.
  mutating func divide(
    _ a: DispatchedTensor, _ b: DispatchedTensor, to type: TensorType, inPlace: Bool = false
  ) -> DispatchedTensor {
    let kernel = "div_Tensor"
    let first = needsGradient(b) ? original(a, overwritten: inPlace) : nil
    begin(kernel)
    let saved = [b, first]
    defer { if let first, first != a { release(first) } }
    let y = inPlace ? share(a) : make(broadcastLayout([a, b], type.shape), by: kernel)
    record("DivBackward0", from: [a, b], to: [y], saving: saved) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      let layout = gradient.layout.densified()
      let second =
        call.needs(1)
        ? dispatcher.compose(layout, by: [kernel, kernel, "neg", "mul_Tensor"]) : nil
      return [call.needs(0) ? dispatcher.make(layout, by: kernel) : nil, second]
    }
    return y
  }

  /// The elements of the first tensor where a condition holds, of the second elsewhere.
  mutating func choose(
    _ a: DispatchedTensor, _ b: DispatchedTensor, where condition: DispatchedTensor,
    to type: TensorType
  ) -> DispatchedTensor {
    let layout = broadcastLayout([a, b, condition], type.shape)
    // Single numbers have no say in it.
    let wide = [a, b].filter { !$0.shape.isEmpty && $0.dataType.isFloatingPoint }.map(\.dataType)
    let dataType = wide.first.map { wide.reduce($0, promoted) } ?? type.dataType
    let typed = TensorLayout(TensorType(dataType, layout.shape), strides: layout.strides)
    let y = make(typed, by: "where_self")
    record("WhereBackward0", from: [a, b], to: [y], saving: [condition]) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      let gradients = call.needs.reversed().map { need in
        need ? dispatcher.zeroElsewhere(gradient.layout) : nil
      }
      return gradients.reversed()
    }
    return y
  }

  /// A tensor where a condition holds, and a number that is put on the device first elsewhere.
  mutating func zeroElsewhere(_ layout: TensorLayout) -> DispatchedTensor {
    let zero = make(TensorType(layout.dataType, []), by: "where_ScalarOther")
    let made = make(layout.densified(), by: "where_self")
    release(zero)
    return made
  }

  /// The tensor with a number where a mask is true.
  mutating func fill(
    _ x: DispatchedTensor, where mask: DispatchedTensor, to type: TensorType, inPlace: Bool
  ) -> DispatchedTensor {
    let kernel = "masked_fill_Scalar"
    begin(kernel)
    let y = inPlace ? share(x) : make(TensorLayout(TensorType(x.dataType, type.shape)), by: kernel)
    record("MaskedFillBackward0", from: [x], to: [y], saving: [mask]) { dispatcher, call in
      [call.gradient.map { dispatcher.make(TensorLayout($0.layout.type), by: kernel) }]
    }
    return y
  }

  /// The tensor kept between bounds; the gradient compares the input with each.
  mutating func clamp(
    _ x: DispatchedTensor, isBoundedBelow: Bool, isBoundedAbove: Bool, inPlace: Bool
  ) -> DispatchedTensor {
    let original = inPlace && needsGradient(x) ? copyBeforeOverwriting(x) : x
    begin("clamp")
    let y = inPlace ? share(x) : make(x.layout.mapped(), by: "clamp")
    record("ClampBackward0", from: [x], to: [y], saving: [original]) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      let zero = dispatcher.make(TensorType(gradient.dataType, []), by: "scalar_tensor")
      let flags = x.layout.densified(as: .bool)
      let bounds = [(isBoundedBelow, "ge_Scalar"), (isBoundedAbove, "le_Scalar")]
      let tests = bounds.filter(\.0).map { dispatcher.make(flags, by: $0.1) }
      let made = dispatcher.make(gradient.layout.densified(), by: "where_self")
      for test in tests.reversed() { dispatcher.release(test) }
      dispatcher.release(zero)
      return [made]
    }
    if original != x { release(original) }
    return y
  }

  /// The tensor kept between two others of one number each; where it is one of them, half of the gradient
  /// is theirs.
  ///
  /// Source: `clamp_backward` of `torch/csrc/autograd/FunctionsManual.cpp`, PyTorch 2.15.
  mutating func clampBetweenTensors(
    _ x: DispatchedTensor, _ bounds: [DispatchedTensor] = []
  ) -> DispatchedTensor {
    let y = make(x.layout.densified(), by: "clamp_Tensor")
    record("ClampBackward1", from: [x], to: [y], saving: [x] + bounds) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil] }
      let flags = x.layout.densified(as: .bool)
      func flagged(_ names: String...) -> [DispatchedTensor] {
        names.map { dispatcher.make(flags, by: $0) }
      }
      let isOrdered = dispatcher.make(TensorType(.bool, []), by: "lt_Tensor")
      let ties = flagged("eq_Tensor", "eq_Tensor", "logical_or", "logical_and")
      for flag in ties.dropLast().reversed() { dispatcher.release(flag) }
      let beyond = flagged("lt_Tensor", "gt_Tensor", "logical_or")
      for flag in beyond.dropLast().reversed() { dispatcher.release(flag) }
      let half = dispatcher.make(gradient.layout.densified(), by: "div_Tensor")
      let made = dispatcher.make(gradient.layout.densified(), by: "where_self")
      dispatcher.release(half)
      for flag in [beyond[2], ties[3], isOrdered] { dispatcher.release(flag) }
      return [made]
    }
    return y
  }

  /// The sum with a number, or a number minus the tensor.
  mutating func shift(
    _ x: DispatchedTensor, inPlace: Bool, isNegated: Bool = false, kernel: String = "add_Tensor"
  ) -> DispatchedTensor {
    begin(kernel)
    let y = inPlace ? share(x) : make(x.layout.mapped(), by: kernel)
    guard isNegated else {
      record("AddBackward0", from: [x], to: [y], backward: Self.passGradient)
      return y
    }
    record("RsubBackward1", from: [x], to: [y]) { dispatcher, call in
      [call.gradient.map { dispatcher.make($0.layout.densified(), by: "neg") }]
    }
    return y
  }

  /// The power with a number as exponent, whose gradient takes two temporaries.
  mutating func power(_ x: DispatchedTensor, inPlace: Bool = false) -> DispatchedTensor {
    let original = needsGradient(x) ? self.original(x, overwritten: inPlace) : x
    defer { if original != x { release(original) } }
    begin("pow_Tensor_Scalar")
    let y = inPlace ? share(x) : make(x.layout.mapped(), by: "pow_Tensor_Scalar")
    record("PowBackward0", from: [x], to: [y], saving: [original]) { dispatcher, call in
      guard let incoming = call.gradient else { return [nil] }
      let layout = x.layout.densified()
      let power = dispatcher.make(layout, by: "pow_Tensor_Scalar")
      let scaled = dispatcher.make(layout, by: "mul_Tensor")
      let product = TensorLayout(
        ofElementwise: [incoming.layout, layout], TensorType(layout.dataType, layout.shape))
      let gradient = dispatcher.make(product, by: "mul_Tensor")
      dispatcher.release(scaled)
      dispatcher.release(power)
      return [gradient]
    }
    return y
  }

  /// The product with, or the quotient by, a number.
  mutating func scale(
    _ x: DispatchedTensor, inPlace: Bool = false, kernel: String = "mul_Tensor"
  ) -> DispatchedTensor {
    begin(kernel)
    let y = inPlace ? share(x) : make(x.layout.mapped(), by: kernel)
    record("MulBackward0", from: [x], to: [y]) { dispatcher, call in
      [call.gradient.map { dispatcher.make($0.layout.densified(), by: kernel) }]
    }
    return y
  }

  /// The tensor in another type; itself if it has it.
  public mutating func cast(
    _ x: DispatchedTensor, to dataType: DataType, isDense: Bool = false
  ) -> DispatchedTensor {
    guard x.dataType != dataType else { return x }
    let rows = TensorLayout(TensorType(dataType, x.shape))
    let y = make(isDense ? rows : x.layout.densified(as: dataType), by: "_to_copy")
    let original = x.dataType
    record("ToCopyBackward0", from: [x], to: [y]) { dispatcher, call in
      [call.gradient.map { dispatcher.cast($0, to: original) }]
    }
    return y
  }
}
