import ModelGraph

/// The graph as it was exported, against which another batch is inferred.
///
/// A file with fixed sizes holds constants that were sizes once. What changed since tells them
/// apart: a target that is the same although the operand is another was frozen.
struct Baseline: Sendable {
  let types: [ValueType]
  let contents: [TensorValue?]
  let changes: [SizeChange]

  /// The positions of the nodes that make values.
  let producers: [ValueID: Int]

  /// What the first sizes of values became that are several times one of those replaced, as of all tokens of a batch.
  private var followers: [SizeChange] = []

  init(_ inference: GraphInference, changes: [SizeChange]) {
    types = inference.types
    contents = inference.contents
    self.changes = changes
    var producers: [ValueID: Int] = [:]
    for (position, node) in inference.source.nodes.enumerated() {
      for case let output? in node.outputs { producers[output] = position }
    }
    self.producers = producers
  }

  /// Learns from a value what became of its first size.
  mutating func learn(from value: ValueID, _ type: ValueType) {
    guard case .tensor(let old) = types[value.index], case .tensor(let new) = type,
      let from = old.shape.first, let to = new.shape.first, from != to,
      changes.size(inPlaceOfMultiple: from) == to, !changes.contains(where: { $0.old == from })
    else { return }
    let change = SizeChange(from: from, to: to)
    guard followers.count < Self.maximumFollowers, !followers.contains(change) else { return }
    followers.append(change)
  }

  /// More sizes of that kind than any model has are not told apart.
  private static let maximumFollowers = 64

  // MARK: Frozen targets

  /// The call with a corrected target, if it has one that was frozen.
  func unfrozen(
    _ call: OperatorCall, of node: Node, _ definition: OperatorDefinition
  ) -> OperatorCall? {
    guard let frozen = definition.frozenSizes, isFrozen(call, of: node, at: frozen.place),
      let output = node.outputs.first ?? nil, case .tensor(let oldOutput) = types[output.index],
      let inputs = frozen.isOfGenerator ? ([], []) : firstOperand(of: node, call),
      let sizes = frozen(
        .init(
          oldInput: inputs.old, newInput: inputs.new, oldOutput: oldOutput.shape,
          stated: call.stated(at: frozen.place), axis: call.attributes.integer("axis")),
        frozen.isOfGenerator && oldOutput.rank == 1 ? changes + followers : changes),
      sizes != oldOutput.shape
    else { return nil }
    return call.replacing(frozen.place, by: sizes)
  }

  /// The shapes of the first operand at export and now.
  private func firstOperand(of node: Node, _ call: OperatorCall) -> (old: Shape, new: Shape)? {
    guard let input = node.inputs.first ?? nil, case .tensor(let old) = types[input.index],
      case .tensor(let new)? = call.inputs[0], old.rank == new.rank
    else { return nil }
    return (old.shape, new.shape)
  }

  /// Whether the sizes at a place are those that stood there at export.
  private func isFrozen(
    _ call: OperatorCall, of node: Node, at place: FrozenSizes.Place
  ) -> Bool {
    switch place {
    case .operand(let index):
      guard node.inputs.indices.contains(index), let target = node.inputs[index],
        let value = call.value(index)
      else { return false }
      return value == contents[target.index]
    case .attribute(let name): return call.attributes[name] != nil
    }
  }

  // MARK: Examples side by side

  /// The convolution of examples that stand side by side as channels, each with kernels of its own, where one example was
  /// exported: nothing but that nodes make the kernels tells it from one for all examples.
  func sideBySide(
    _ call: OperatorCall, of node: Node, _ definition: OperatorDefinition
  ) -> OperatorCall? {
    guard case .attribute("group")? = definition.frozenSizes?.place, node.inputs.count > 1,
      let kernels = node.inputs[1], producers[kernels] != nil, node.inputs[0].map(isMade) ?? false,
      let change = changes.first(where: { $0.old == 1 }),
      case .tensor(let old) = types[kernels.index], case .tensor(let new)? = call.inputs[1],
      let channels = old.shape.first, channels > 0,
      new.shape.first == saturatingProduct(channels, change.new),
      case .tensor(var images)? = call.inputs[0], images.rank > 1, images.shape[0] == change.new
    else { return nil }
    images.shape[1] = saturatingProduct(images.shape[1], change.new)
    images.shape[0] = 1
    var corrected = call
    corrected.inputs[0] = .tensor(images)
    corrected.attributes["group"] = .integer(
      saturatingProduct(call.attributes.integer("group") ?? 1, change.new))
    return corrected
  }

  private func isMade(_ value: ValueID) -> Bool { producers[value] != nil }

  // MARK: Frozen operands

  /// The call with the new size in operands that still have the old one, or a multiple of it, at an axis.
  ///
  /// Any size is a multiple of one example: that is tried where asked for, for what nodes make, such as a value for
  /// each head.
  func resized(
    _ call: OperatorCall, of node: Node, axis: Int, ofOneExample: Bool = false
  ) -> OperatorCall? {
    var corrected = call
    for (position, input) in node.inputs.enumerated() {
      guard let input, case .tensor(var type)? = call.inputs[position],
        types[input.index] == .tensor(type), type.shape.indices.contains(axis),
        let size = ofOneExample
          ? producers[input].flatMap({ _ in changes.size(ofExamples: type.shape[axis]) })
          : changes.size(inPlaceOfMultiple: type.shape[axis])
      else { continue }
      type.shape[axis] = size
      corrected.inputs[position] = .tensor(type)
      corrected.values[position] = nil
    }
    return corrected.inputs == call.inputs ? nil : corrected
  }
}

extension Baseline {
  /// The shapes in which the axis after the only one that has grown has grown instead, or the one before it.
  func shifted(_ shape: Shape, of value: ValueID) -> [Shape] {
    guard case .tensor(let type) = types[value.index], type.shape.count == shape.count else {
      return []
    }
    let old = type.shape
    let grown = shape.indices.filter { shape[$0] != old[$0] }
    guard grown.count == 1, let axis = grown.first, old[axis] > 0, shape[axis] % old[axis] == 0
    else { return [] }
    return [axis + 1, axis - 1].filter(shape.indices.contains).map { other in
      var shifted = old
      shifted[other] = saturatingProduct(old[other], shape[axis] / old[axis])
      return shifted
    }
  }
}

extension OperatorCall {
  /// The numbers that an attribute says; none of an operand.
  fileprivate func stated(at place: FrozenSizes.Place) -> [Int] {
    guard case .attribute(let name) = place else { return [] }
    return attributes.integers(name) ?? attributes.integer(name).map { [$0] } ?? []
  }

  fileprivate func replacing(_ place: FrozenSizes.Place, by sizes: [Int]) -> OperatorCall {
    var call = self
    switch place {
    case .operand(let index):
      call.values[index] = TensorValue(sizes)
      call.inputs[index] = .tensor(.int64, [sizes.count])
    case .attribute(let name):
      let isNumber = call.attributes.integer(name) != nil && sizes.count == 1
      call.attributes[name] = isNumber ? .integer(sizes[0]) : .integers(sizes)
    }
    return call
  }
}
