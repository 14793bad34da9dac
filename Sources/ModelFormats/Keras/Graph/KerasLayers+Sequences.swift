import ByteFormats
import ModelGraph

extension KerasLayerTable {
  static let sequences: [String: KerasLayerRule] = [
    "LSTM": { call, lowering in lowering.recurrent("LSTM", states: 2, call) },
    "GRU": { call, lowering in lowering.recurrent("GRU", states: 1, call) },
    "SimpleRNN": { call, lowering in lowering.recurrent("RNN", states: 1, call) },
    "RNN": { call, lowering in lowering.cells(call) },
    "Bidirectional": { call, lowering in lowering.bidirectional(call) },
    "TimeDistributed": { call, lowering in
      guard let inner = call.layer.inner("layer"), pointwise.contains(inner.className) else {
        return nil
      }
      var innerCall = call
      innerCall.layer = inner
      innerCall.layer.name = call.layer.name
      return rules[inner.className]?(innerCall, &lowering)
    },
  ]

  /// Layers that do the same to every step of a sequence as to a sample.
  private static let pointwise: Set = ["Dense", "Activation", "LayerNormalization", "Embedding"]
}

extension KerasLowering {
  fileprivate mutating func recurrent(
    _ name: OperatorName, states: Int, _ call: KerasCall, owner: [String] = [],
    isInner: Bool = false
  ) -> [KerasOperand]? {
    // A mask of the steps that count changes nothing of what is made.
    let given = call.operands.filter { $0.dataType != .bool }
    guard call.input.rank == 3, given.count == 1,
      let kernel = variable(path: owner + ["kernel"], of: call),
      let recurrent = variable(path: owner + ["recurrent_kernel"], of: call),
      kernel.rank == 2, recurrent.rank == 2, let units = recurrent.shape.first
    else { return nil }
    let bias = variable(path: owner + ["bias"], of: call)
    let weights = [kernel, recurrent].map { matrix -> KerasOperand in
      let turned = transpose(matrix, [1, 0], of: call)
      return emit("Unsqueeze", [turned, constant([0], of: call)], rank: 3, of: call)
    }
    let outputs = (0...states).map { index in
      addValue(SymbolicValue(name: "\(call.valueName)/state\(index)", role: .activation))
    }
    append(
      name, [call.input, weights[0], weights[1], bias], outputs,
      ["hidden_size": .integer(units), "layout": .integer(1)], of: call)
    return results(outputs, call, isInner: isInner)
  }

  /// All steps or the last one, then the states if they are wanted; all steps alone from cells that others follow.
  private mutating func results(
    _ outputs: [ValueID], _ call: KerasCall, isInner: Bool
  ) -> [KerasOperand] {
    let isSequence = isInner || call.flag("return_sequences", default: false)
    let operands = outputs.enumerated().map { index, id in
      KerasOperand(id: id, rank: index == 0 ? 4 : 3, dataType: call.layer.dataType)
    }
    func squeezed(_ operand: KerasOperand, _ axis: Int) -> KerasOperand {
      let axes = constant([axis], of: call)
      return emit("Squeeze", [operand, axes], rank: operand.rank - 1, of: call)
    }
    let main = isSequence ? squeezed(operands[0], 2) : squeezed(operands[1], 1)
    guard !isInner, call.flag("return_state", default: false) else { return [main] }
    return [main] + operands.dropFirst().map { squeezed($0, 1) }
  }

  /// Cells one upon the other, each as a layer of its kind.
  fileprivate mutating func cells(_ call: KerasCall) -> [KerasOperand]? {
    guard let cell = call.layer.inner("cell") else { return nil }
    let cells =
      cell.settings["cells"]?.elements.map { KerasLayerConfiguration($0) } ?? [cell]
    let hasStates = call.flag("return_state", default: false)
    guard !cells.isEmpty, cells.count == 1 || !hasStates else { return nil }
    var current = call
    for (index, cell) in cells.enumerated() {
      guard let (name, states) = Self.recurrences[cell.className.droppingSuffix("Cell")] else {
        return nil
      }
      let isInner = index < cells.count - 1
      let results = recurrent(name, states: states, current, owner: [cell.name], isInner: isInner)
      guard let results else { return nil }
      if !isInner { return results }
      current.operands = results
    }
    return nil
  }

  /// The operator of each kind of recurrence, and the states that it hands on.
  private static let recurrences: [String: (OperatorName, states: Int)] = [
    "LSTM": ("LSTM", 2), "GRU": ("GRU", 1), "SimpleRNN": ("RNN", 1),
  ]

  /// A layer over the sequence and one over it from behind.
  fileprivate mutating func bidirectional(_ call: KerasCall) -> [KerasOperand]? {
    guard let inner = call.layer.inner("layer"),
      let (name, states) = Self.recurrences[inner.className]
    else { return nil }
    var directions: [KerasOperand] = []
    for direction in ["forward", "backward"] {
      var innerCall = call
      innerCall.layer.settings = inner.settings
      innerCall.valueName = "\(call.valueName)/\(direction)"
      guard let owner = owner(of: direction, inner, call),
        let result = recurrent(name, states: states, innerCall, owner: owner)?.first
      else { return nil }
      directions.append(result)
    }
    switch call.text("merge_mode") {
    case "concat": return [emit("Concat", directions, ["axis": .integer(-1)], of: call)]
    case "sum": return [emit("Add", directions, of: call)]
    case "mul": return [emit("Mul", directions, of: call)]
    case "ave": return [emit("Scale", [emit("Add", directions, of: call)], of: call)]
    case nil: return directions
    default: return nil
    }
  }

  /// What stands before a direction's kernel, such as `forward_lstm/lstm_cell`.
  private func owner(
    of direction: String, _ inner: KerasLayerConfiguration, _ call: KerasCall
  ) -> [String]? {
    storedPath(of: call) { $0.hasPrefix(direction) }
  }
}

extension String {
  fileprivate func droppingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : ""
  }
}
