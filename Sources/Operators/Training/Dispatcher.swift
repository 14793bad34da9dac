public import ModelGraph

/// A tensor of one dispatch: an operand, or one that a kernel made.
public struct DispatchedTensor: Hashable, Sendable {
  /// The position in the dispatch's list of tensors.
  public let index: Int
  public let layout: TensorLayout

  public var shape: Shape { layout.shape }
  public var dataType: DataType { layout.dataType }
}

/// Writes down what PyTorch does for one call on a CUDA device, kernel by kernel.
///
/// Rules ask it for tensors, views and scratch in the order in which the kernels do, and tell it
/// which nodes autograd would add. The same writer serves the forward and the backward pass; in
/// the latter no nodes are added.
public struct Dispatcher: Sendable {
  public let environment: TrainingEnvironment

  /// Whether autograd watches: in the forward pass.
  public let recordsGradients: Bool

  /// The tensor that the first operand is a view of, if the call writes over it.
  public var writtenBase: TensorLayout?

  /// What happens, in order.
  public private(set) var moves: [DispatchMove] = []

  /// Whether autograd has noted that the first operand was written over.
  var writesView = false

  private var layouts: [TensorLayout]
  private var gradientNeeds: [Bool]

  /// The operands that are parameters, of which autocast keeps a copy.
  private let parameters: Set<Int>

  /// The copies of tensors in autocast's type, by the tensors' positions.
  private var casts: [Int: DispatchedTensor]
  private var kernel = ""

  /// Begins with the operands, some of which need gradients.
  ///
  /// - Parameters:
  ///   - operands: How the operands lie in memory.
  ///   - needingGradients: Whether each operand needs a gradient.
  ///   - parameters: The positions of those operands that are parameters.
  ///   - casts: The positions of copies that autocast keeps of operands.
  ///   - environment: What is below.
  ///   - recordsGradients: Whether autograd watches.
  public init(
    operands: [TensorLayout], needingGradients: [Bool], parameters: Set<Int> = [],
    casts: [Int: Int] = [:], environment: TrainingEnvironment, recordsGradients: Bool
  ) {
    self.parameters = parameters
    self.environment = environment
    self.recordsGradients = recordsGradients
    layouts = operands
    gradientNeeds = needingGradients
    self.casts = casts.mapValues { DispatchedTensor(index: $0, layout: operands[$0]) }
  }

  /// The operand at an index, which must be one.
  public func operand(_ index: Int) -> DispatchedTensor {
    DispatchedTensor(index: index, layout: layouts[index])
  }

  /// The first operands in their places, of which some are left out.
  public func operands(where areThere: [Bool]) -> [DispatchedTensor?] {
    var next = 0
    return areThere.map { isThere in
      guard isThere else { return nil }
      next += 1
      return operand(next - 1)
    }
  }

  public func needsGradient(_ tensor: DispatchedTensor?) -> Bool {
    tensor.map { gradientNeeds[$0.index] } ?? false
  }
}

/// One thing that happens in a dispatch; numbers are positions in its list of tensors.
public enum DispatchMove: Sendable {
  /// A kernel by PyTorch's name begins.
  case begin(kernel: String)

  /// The next tensor gets bytes of its own.
  case allocate(TensorLayout, ByteCount)

  /// The next tensor shares the bytes of another.
  case share(TensorLayout, with: Int)

  /// The dispatch's own reference to a tensor goes before the dispatch ends.
  case release(Int)

  /// The thread of the phase takes a workspace, unless it has one.
  case keepWorkspace(ByteCount)

  /// Autocast keeps a tensor as the copy of an operand until the forward pass ends.
  case keep(Int, asCopyOf: Int)

  /// Autograd notes how gradients flow back.
  case record(AutogradNode)
}

/// What autograd notes of one differentiable function.
public struct AutogradNode: Sendable {
  public let name: String
  public let inputs: [Int?]
  public let inputTypes: [TensorType?]
  public let outputs: [Int]

  /// The tensors that are kept until the node has run.
  public let saved: [Int]

  /// Whether the output is a view of the input, as autograd knows views.
  public let isView: Bool

  public let backward: Backward

  /// A number that nodes share whose ``backward`` does the same; `nil` if that is not known.
  public var number: Int?
}

/// Makes the gradients of a node's inputs from those of its outputs.
public typealias Backward = @Sendable (inout Dispatcher, BackwardCall) -> [DispatchedTensor?]

/// What a backward function finds.
public struct BackwardCall: Sendable {
  /// The gradients of the outputs; `nil` for an output that nothing used.
  public let gradients: [DispatchedTensor?]
  public let saved: [DispatchedTensor]

  /// Which inputs need a gradient.
  public let needs: [Bool]

  public init(gradients: [DispatchedTensor?], saved: [DispatchedTensor], needs: [Bool]) {
    self.gradients = gradients
    self.saved = saved
    self.needs = needs
  }

  /// The gradient of the only output.
  public var gradient: DispatchedTensor? { gradients.first ?? nil }

  public func needs(_ input: Int) -> Bool { needs.indices.contains(input) && needs[input] }
}

extension Dispatcher {
  /// Names the kernel that makes what follows.
  public mutating func begin(_ kernel: String) {
    guard kernel != self.kernel else { return }
    self.kernel = kernel
    moves.append(.begin(kernel: kernel))
  }

  /// Makes a tensor with bytes of its own.
  public mutating func make(_ layout: TensorLayout, by kernel: String) -> DispatchedTensor {
    begin(kernel)
    let tensor = add(layout)
    moves.append(.allocate(layout, layout.type.byteCount))
    return tensor
  }

  /// Makes a dense tensor with bytes of its own.
  public mutating func make(_ type: TensorType, by kernel: String) -> DispatchedTensor {
    make(TensorLayout(type), by: kernel)
  }

  /// Makes a tensor that shares the bytes of another.
  public mutating func share(
    _ tensor: DispatchedTensor, as layout: TensorLayout? = nil
  ) -> DispatchedTensor {
    let made = add(layout ?? tensor.layout)
    moves.append(.share(made.layout, with: tensor.index))
    return made
  }

  /// Drops a tensor that the rest of the call does not need.
  public mutating func release(_ tensor: DispatchedTensor) {
    moves.append(.release(tensor.index))
  }

  /// Takes bytes and gives them back, as kernels do for workspaces.
  public mutating func scratch(_ sizes: Int..., by kernel: String) {
    let buffers = sizes.filter { $0 > 0 }.map { make(TensorType(.uint8, [$0]), by: kernel) }
    for buffer in buffers.reversed() { release(buffer) }
  }

  /// Takes bytes that the thread keeps, unless it has them.
  mutating func keepWorkspace(_ size: Int, by kernel: String) {
    guard size > 0 else { return }
    begin(kernel)
    moves.append(.keepWorkspace(ByteCount(size)))
  }

  /// Adds a node to autograd's graph, if an input needs a gradient.
  public mutating func record(
    _ name: String, from inputs: [DispatchedTensor?], to outputs: [DispatchedTensor],
    saving saved: [DispatchedTensor?] = [], isView: Bool = false, backward: @escaping Backward
  ) {
    guard recordsGradients, inputs.contains(where: { needsGradient($0) }) else { return }
    for output in outputs { gradientNeeds[output.index] = true }
    var backward = backward
    if let base = writtenBase, let view = inputs.first ?? nil, view.index == 0, !isView {
      backward = Self.backwardOfPart(backward, view.layout, of: base)
      writesView = true
    }
    moves.append(
      .record(
        AutogradNode(
          name: name,
          inputs: inputs.map { needsGradient($0) ? $0?.index : nil },
          inputTypes: inputs.map { $0?.layout.type },
          outputs: outputs.map(\.index), saved: saved.compactMap { $0?.index }, isView: isView,
          backward: backward)))
  }

  /// The tensor in the type that autocast computes products in; a copy if it has another.
  mutating func lowered(_ x: DispatchedTensor) -> DispatchedTensor {
    guard let target = environment.autocast, recordsGradients, x.dataType == .float32 else {
      return x
    }
    if let copy = casts[x.index] { return copy }
    let copy = cast(x, to: target)
    if parameters.contains(x.index) {
      casts[x.index] = copy
      moves.append(.keep(copy.index, asCopyOf: x.index))
    }
    return copy
  }

  /// The tensor in single precision, as autocast computes normalizations and losses.
  mutating func raised(_ x: DispatchedTensor) -> DispatchedTensor {
    guard environment.autocast != nil, recordsGradients, x.dataType.isFloatingPoint,
      x.dataType != .float64
    else { return x }
    return cast(x, to: .float32)
  }

  private mutating func add(_ layout: TensorLayout) -> DispatchedTensor {
    layouts.append(layout)
    gradientNeeds.append(false)
    return DispatchedTensor(index: layouts.count - 1, layout: layout)
  }
}
