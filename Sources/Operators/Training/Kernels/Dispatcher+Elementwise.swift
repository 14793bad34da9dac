public import ModelGraph

extension Dispatcher {
  /// A function of each element, with a gradient that one kernel computes.
  mutating func unary(
    _ x: DispatchedTensor, _ names: KernelNames, saves: Kept
  ) -> DispatchedTensor {
    let y = make(x.layout.densified(), by: names.forward)
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
      return [dispatcher.make(model.layout.densified(), by: names.backward)]
    }
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
  guard a != b, a.isFloatingPoint, b.isFloatingPoint else { return a.isFloatingPoint ? a : b }
  if a.layout.bytes == b.layout.bytes { return .float32 }
  return a.layout.bytes > b.layout.bytes ? a : b
}

extension Dispatcher {
  /// The layout of an elementwise result of several tensors: as the first full-size one lies.
  ///
  /// Its type is the widest of theirs.
  func broadcastLayout(_ tensors: [DispatchedTensor], _ shape: Shape) -> TensorLayout {
    let dataType = tensors.dropFirst().reduce(tensors.first?.dataType ?? .float32) {
      $1.shape.isEmpty ? $0 : promoted($0, $1.dataType)
    }
    guard let model = tensors.first(where: { $0.shape == shape }) else {
      return TensorLayout(TensorType(dataType, shape))
    }
    return model.layout.densified(as: dataType)
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
    _ a: DispatchedTensor, _ b: DispatchedTensor, to type: TensorType
  ) -> DispatchedTensor {
    let y = make(broadcastLayout([a, b], type.shape), by: "sub_Tensor")
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
    begin("mul_Tensor")
    let saved = [needsGradient(b) ? a : nil, needsGradient(a) ? b : nil]
    let y = inPlace ? share(a) : make(broadcastLayout([a, b], type.shape), by: "mul_Tensor")
    record("MulBackward0", from: [a, b], to: [y], saving: saved) { dispatcher, call in
      guard let gradient = call.gradient else { return [nil, nil] }
      // Gradients are computed in the order of the arguments' names: `other`, then `self`.
      let gradients = call.needs.reversed().map { need in
        need ? dispatcher.make(gradient.layout.densified(), by: "mul_Tensor") : nil
      }
      return gradients.reversed()
    }
    return y
  }

  /// The sum with a number.
  mutating func shift(_ x: DispatchedTensor, inPlace: Bool) -> DispatchedTensor {
    begin("add_Tensor")
    let y = inPlace ? share(x) : make(x.layout.densified(), by: "add_Tensor")
    record("AddBackward0", from: [x], to: [y], backward: Self.passGradient)
    return y
  }

  /// The power with a number as exponent, whose gradient takes two temporaries.
  mutating func power(_ x: DispatchedTensor) -> DispatchedTensor {
    let y = make(x.layout.densified(), by: "pow_Tensor_Scalar")
    record("PowBackward0", from: [x], to: [y], saving: [x]) { dispatcher, call in
      guard call.gradient != nil else { return [nil] }
      let layout = x.layout.densified()
      let power = dispatcher.make(layout, by: "pow_Tensor_Scalar")
      let scaled = dispatcher.make(layout, by: "mul_Tensor")
      let gradient = dispatcher.make(layout, by: "mul_Tensor")
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
    let y = inPlace ? share(x) : make(x.layout.densified(), by: kernel)
    record("MulBackward0", from: [x], to: [y]) { dispatcher, call in
      [call.gradient.map { dispatcher.make($0.layout.densified(), by: kernel) }]
    }
    return y
  }

  /// The tensor in another type; itself if it has it.
  public mutating func cast(_ x: DispatchedTensor, to dataType: DataType) -> DispatchedTensor {
    guard x.dataType != dataType else { return x }
    let y = make(x.layout.densified(as: dataType), by: "_to_copy")
    let original = x.dataType
    record("ToCopyBackward0", from: [x], to: [y]) { dispatcher, call in
      [call.gradient.map { dispatcher.cast($0, to: original) }]
    }
    return y
  }
}
