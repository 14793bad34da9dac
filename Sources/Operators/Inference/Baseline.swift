import ModelGraph

/// The graph as it was exported, against which another batch is inferred.
///
/// A file with fixed sizes holds constants that were sizes once. What changed since tells them
/// apart: a target that is the same although the operand is another was frozen.
struct Baseline: Sendable {
  let types: [ValueType]
  let contents: [TensorValue?]
  let changes: [SizeChange]

  init(_ inference: GraphInference, changes: [SizeChange]) {
    types = inference.types
    contents = inference.contents
    self.changes = changes
  }

  // MARK: Frozen targets

  /// The call with a corrected target, if it has one that was frozen.
  func unfrozen(
    _ call: OperatorCall, of node: Node, _ definition: OperatorDefinition
  ) -> OperatorCall? {
    guard let frozen = definition.frozenSizes, node.inputs.indices.contains(frozen.operand),
      let input = node.inputs.first ?? nil, let target = node.inputs[frozen.operand],
      let output = node.outputs.first ?? nil,
      let value = call.value(frozen.operand), value == contents[target.index],
      case .tensor(let old) = types[input.index], case .tensor(let new)? = call.inputs[0],
      case .tensor(let oldOutput) = types[output.index],
      old.rank == new.rank, old.shape != new.shape,
      let sizes = frozen(
        .init(oldInput: old.shape, newInput: new.shape, oldOutput: oldOutput.shape), changes),
      sizes != oldOutput.shape
    else { return nil }
    var corrected = call
    corrected.values[frozen.operand] = TensorValue(sizes)
    corrected.inputs[frozen.operand] = .tensor(.int64, [sizes.count])
    return corrected
  }

  // MARK: Frozen operands

  /// The call with the new size in operands that still have the old one at an axis.
  func resized(_ call: OperatorCall, of node: Node, axis: Int) -> OperatorCall? {
    var corrected = call
    for (position, input) in node.inputs.enumerated() {
      guard let input, case .tensor(var type)? = call.inputs[position],
        types[input.index] == .tensor(type), type.shape.indices.contains(axis),
        let change = changes.first(where: { $0.old == type.shape[axis] })
      else { continue }
      type.shape[axis] = change.new
      corrected.inputs[position] = .tensor(type)
      corrected.values[position] = nil
    }
    return corrected.inputs == call.inputs ? nil : corrected
  }
}
