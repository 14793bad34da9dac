import ModelGraph
import Operators

extension AtenRule {
  /// The same elements in another shape; a copy first where they cannot be seen so.
  static let reshape = AtenRule { call, graph in
    guard let input = call.first else { return false }
    guard let shape = call.output?.shape else { return false }
    let source = graph.viewable(input, as: shape, of: call)
    graph.emit("View", [source], ["shape": .integers(call.target ?? shape)], of: call)
    if source.id == input.id { graph.setViewStrides(of: input, as: shape, of: call) }
    return true
  }

  /// Other strides over the same elements.
  static let stridedView = AtenRule { call, graph in
    guard let input = call.first?.shape, let shape = call.output?.shape,
      input.elementCount == shape.elementCount
    else { return false }
    return reshape.lower(call, &graph)
  }

  /// An axis of size one put in.
  static let unsqueezing = AtenRule { call, graph in
    guard let input = call.first, let shape = call.output?.shape,
      let axis = call.axis(rank: shape.count)
    else { return false }
    graph.emit(
      "View", [input], ["shape": .integers(shape), "unsqueezed": .integer(axis)], of: call)
    return true
  }

  /// Axes of size one taken out.
  static let squeezing = AtenRule { call, graph in
    guard let input = call.first, let shape = call.output?.shape else { return false }
    if shape == input.shape { return graph.alias(call, to: input) }
    var attributes: Attributes = ["shape": .integers(shape)]
    if call.integers("dim")?.count == 1, let axis = call.axis() {
      attributes["squeezed"] = .integer(axis)
    }
    graph.emit("View", [input], attributes, of: call)
    return true
  }

  static let flatten = AtenRule { call, graph in
    guard let input = call.first, let shape = call.output?.shape else { return false }
    if shape == input.shape { return graph.alias(call, to: input) }
    let source = graph.viewable(input, as: shape, of: call)
    if call.axis("start_dim", default: 0) == 1, shape.count == 2 {
      graph.emit("Flatten", [source], ["axis": .integer(1)], of: call)
    } else {
      graph.emit("View", [source], ["shape": .integers(shape)], of: call)
    }
    return true
  }

  static let permutation = AtenRule { call, graph in
    guard let input = call.first, let rank = input.rank, let axes = call.integers("dims"),
      axes.allSatisfy({ -rank..<rank ~= $0 })
    else { return false }
    let order = axes.map { $0 < 0 ? $0 + rank : $0 }
    graph.emitTranspose(input, order, of: call)
    return true
  }

  static let transposition = AtenRule { call, graph in
    guard let input = call.first, let rank = input.rank else { return false }
    var axes = Array(0..<rank)
    let pair = (call.axis("dim0") ?? call.axis("axis0"), call.axis("dim1") ?? call.axis("axis1"))
    if case (let first?, let second?) = pair {
      guard axes.indices.contains(first), axes.indices.contains(second) else { return false }
      axes.swapAt(first, second)
    } else {
      axes.reverse()
    }
    graph.emitTranspose(input, axes, of: call)
    return true
  }

  static let expansion = AtenRule { call, graph in
    guard let input = call.first, let shape = call.output?.shape else { return false }
    let attributes: Attributes = ["shape": .integers(shape)]
    if graph.isWrittenOut(call.node.outputs.first.flatMap(\.self)) {
      let view = graph.intermediate(
        "ExpandView", [input], attributes, type: call.output, of: call)
      graph.emit("Contiguous", [view], of: call)
    } else {
      graph.emit("ExpandView", [input], attributes, of: call)
    }
    return true
  }

  static let selection = AtenRule { call, graph in
    guard let input = call.first, let axis = call.axis(), let index = call.integer("index") else {
      return false
    }
    graph.emit(
      "Select", [input], ["axis": .integer(axis), "index": .integer(index)], of: call)
    return true
  }

  static let slice = AtenRule { call, graph in
    guard let input = call.first, let axis = call.axis(default: 0), let shape = input.shape,
      shape.indices.contains(axis)
    else { return false }
    let size = shape[axis]
    let start = call.integer("start") ?? 0
    let end = call.integer("end") ?? size
    graph.emit(
      "Narrow", [input],
      [
        "axis": .integer(axis), "start": .integer(start < 0 ? max(0, start + size) : start),
        "end": .integer(end < 0 ? end + size : end), "step": .integer(call.integer("step") ?? 1),
      ], of: call)
    return true
  }

  static let narrow = AtenRule { call, graph in
    guard let input = call.first, let axis = call.axis(), let start = call.integer("start"),
      let length = call.output?.shape.dropFirst(axis).first, start >= 0
    else { return false }
    let (end, overflow) = start.addingReportingOverflow(length)
    guard !overflow else { return false }
    graph.emit(
      "Narrow", [input],
      ["axis": .integer(axis), "start": .integer(start), "end": .integer(end)], of: call)
    return true
  }

  /// Parts along an axis: equal ones but for the last, or of stated sizes.
  static let partition = AtenRule { call, graph in
    guard let input = call.first, let axis = call.axis(default: 0) else { return false }
    let sizes = call.outputs.compactMap { $0?.shape.dropFirst(axis).first }
    guard !sizes.isEmpty, sizes.count == call.outputs.count else { return false }
    let total = sizes.reduce(0) { $0.addingReportingOverflow($1).partialValue }
    let usual = max(0, total).dividedRoundingUp(by: sizes.count)
    if sizes.dropLast().allSatisfy({ $0 == usual }) {
      let attributes: Attributes = [
        "axis": .integer(axis), "num_outputs": .integer(sizes.count),
      ]
      graph.emit("Split", [input], attributes, of: call)
    } else {
      let parts = graph.constant(sizes, for: call)
      graph.emit("Split", [input, parts], ["axis": .integer(axis)], of: call)
    }
    return true
  }

  /// Each index of an axis by itself.
  static let unbinding = AtenRule { call, graph in
    guard let input = call.first, let axis = call.axis(default: 0) else { return false }
    graph.emit("Unbind", [input], ["axis": .integer(axis)], of: call)
    return true
  }
}

extension ProgramLowering {
  mutating func emitTranspose(
    _ input: AtenOperand, _ axes: [Int], of call: AtenCall
  ) {
    emit("Transpose", [input], ["perm": .integers(axes)], of: call)
    guard input.hasKernelStrides, let strides = input.strides, strides.count == axes.count else {
      return
    }
    setStrides(axes.map { strides[$0] }, of: call)
  }

  /// Says how a view lies of what a kernel has laid out otherwise than on the CPU.
  fileprivate mutating func setViewStrides(
    of input: AtenOperand, as shape: Shape, of call: AtenCall
  ) {
    guard input.hasKernelStrides, let type = input.type, let strides = input.strides,
      strides.count == type.rank,
      let layout = TensorLayout(type, strides: strides).viewed(as: shape)
    else { return }
    setStrides(layout.strides, of: call)
  }

  /// The operand, or a dense copy if it cannot be seen in a shape as it lies.
  mutating func viewable(
    _ operand: AtenOperand, as shape: Shape, of call: AtenCall
  ) -> AtenOperand {
    guard !operand.isViewable(as: shape) else { return operand }
    return intermediate("Contiguous", [operand], type: operand.type, of: call)
  }
}

extension AtenCall {
  /// The shape asked for, if one of its sizes is left to be worked out.
  fileprivate var target: Shape? {
    guard let shape = integers("size") ?? integers("shape"), shape.contains(-1) else { return nil }
    return shape
  }
}
