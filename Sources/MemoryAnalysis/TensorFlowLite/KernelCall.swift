import ModelGraph

/// One node of a TensorFlow Lite graph, as a kernel sees it when it prepares to run.
struct KernelCall {
  let graph: Graph
  let node: Node

  /// Whether an operand's contents are known before the run.
  let isConstant: (ValueID) -> Bool

  var name: String { node.operatorName.name }
  var attributes: Attributes { node.attributes }
  var inputCount: Int { node.inputs.count }
}

extension KernelCall {
  /// The type of an operand; `nil` if it is left out or only running tells.
  func input(_ index: Int) -> TensorType? {
    node.inputs.element(at: index).flatMap { graph[$0].type.tensorType }
  }

  func output(_ index: Int = 0) -> TensorType? {
    node.outputs.element(at: index).flatMap { graph[$0].type.tensorType }
  }

  /// The size of an axis of an operand, counted from the end if negative; 0 if there is none.
  func size(_ index: Int, _ axis: Int) -> Int { input(index)?.shape.size(axis) ?? 0 }

  func outputSize(_ axis: Int) -> Int { output()?.shape.size(axis) ?? 0 }

  func hasInput(_ index: Int) -> Bool { node.inputs.element(at: index) != nil }

  /// Whether an operand is given and its contents are known before the run.
  func isConstantInput(_ index: Int) -> Bool {
    node.inputs.element(at: index).map(isConstant) ?? false
  }

  /// How many scales quantise an operand.
  func scaleCount(_ index: Int) -> Int {
    let counts = attributes.integers("scales") ?? []
    return counts.indices.contains(index) ? counts[index] : 0
  }

  /// Whether numbers with a point meet weights in whole numbers.
  func isHybrid(weights index: Int) -> Bool {
    guard input(0)?.dataType == .float32, let type = input(index)?.dataType else { return false }
    return type == .uint8 || type == .int8
  }

  /// Whether a window does more than look at one element at a time.
  func strides(_ names: String...) -> Bool { names.contains { attributes.integer($0) ?? 1 != 1 } }
}

extension Shape {
  func size(_ axis: Int) -> Int? {
    let index = axis < 0 ? axis + count : axis
    return indices.contains(index) ? self[index] : nil
  }
}

/// A buffer that a kernel asks for besides its outputs.
struct KernelBuffer: Hashable {
  var bytes: Int
  var place = Place.arena

  enum Place: Hashable {
    /// In the arena, while the node runs.
    case arena

    /// In the arena of what outlives a run.
    case session

    /// On the heap, from the first run on.
    case kept

    /// On the heap, while the node runs.
    case heap
  }

  /// A buffer of as many elements as the sizes multiply to; those of a file may be anything.
  static func elements(
    _ sizes: Int..., of type: DataType, in place: Place = .arena
  ) -> KernelBuffer {
    let count = sizes.contains { $0 < 0 } ? 0 : Shape(sizes).elementCount
    return KernelBuffer(bytes: type.byteCount(ofElements: count).value, place: place)
  }
}

/// The buffers that the kernels of a runtime ask for, by operator.
typealias KernelBufferRule = @Sendable (KernelCall) -> [KernelBuffer]
