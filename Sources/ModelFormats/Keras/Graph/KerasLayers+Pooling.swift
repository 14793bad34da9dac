import ByteFormats
import ModelGraph

extension KerasLayerTable {
  static let pooling: [String: KerasLayerRule] =
    (1...3).reduce(into: [:]) { rules, axes in
      for (name, node) in [("Max", "MaxPool"), ("Average", "AveragePool")] {
        rules["\(name)Pooling\(axes)D"] = { call, lowering in
          lowering.pooling(OperatorName(node), call, axes: axes)
        }
      }
      for (name, node) in [("Max", "ReduceMax"), ("Average", "ReduceMean")] {
        rules["Global\(name)Pooling\(axes)D"] = { call, lowering in
          lowering.globalPooling(OperatorName(node), call, axes: axes)
        }
      }
    }

  /// Operations that make one number of the elements along some axes.
  static let reductions: [String: KerasLayerRule] =
    [
      ("Mean", "ReduceMean"), ("Sum", "ReduceSum"), ("Max", "ReduceMax"), ("Min", "ReduceMin"),
      ("Prod", "ReduceProd"),
    ].reduce(into: [:]) { rules, names in
      rules[names.0] = { call, lowering in lowering.reduced(OperatorName(names.1), call) }
    }
}

extension KerasLowering {
  fileprivate mutating func reduced(_ name: OperatorName, _ call: KerasCall) -> [KerasOperand]? {
    guard call.operands.count == 1, let axis = call.settings["axis"] else { return nil }
    let rank = call.input.rank
    let given = axis == .null ? Array(0..<rank) : axis.integer.map { [$0] }
    let positions = given ?? axis.elements.compactMap(\.integer)
    let axes = Set(positions.compactMap { call.axis($0, rank: rank) })
    guard !axes.isEmpty else { return nil }
    let keeps = call.flag("keepdims", default: false)
    return [
      emit(
        name, [call.input],
        ["axes": .integers(axes.sorted()), "keepdims": .integer(keeps ? 1 : 0)],
        rank: keeps ? rank : rank - axes.count, of: call)
    ]
  }

  fileprivate mutating func pooling(
    _ name: OperatorName, _ call: KerasCall, axes: Int
  ) -> [KerasOperand]? {
    let size = call.sizes("pool_size", axes: axes) ?? call.sizes("pool_length", axes: axes)
    guard call.input.rank == axes + 2, let size, ["valid", "same"].contains(call.padding) else {
      return nil
    }
    let strides = call.sizes("strides", axes: axes) ?? call.sizes("stride", axes: axes) ?? size
    var attributes: Attributes = ["kernel_shape": .integers(size), "strides": .integers(strides)]
    if call.padding == "same" { attributes["auto_pad"] = .string("SAME_UPPER") }
    let first = channelsFirst(call.input, call)
    return [channelsBack(emit(name, [first], attributes, of: call), call)]
  }

  fileprivate mutating func globalPooling(
    _ name: OperatorName, _ call: KerasCall, axes: Int
  ) -> [KerasOperand]? {
    guard call.input.rank == axes + 2 else { return nil }
    let start = call.isChannelsLast ? 1 : 2
    let keeps = call.flag("keepdims", default: false)
    return [
      emit(
        name, [call.input],
        ["axes": .integers(Array(start..<start + axes)), "keepdims": .integer(keeps ? 1 : 0)],
        rank: keeps ? axes + 2 : 2, of: call)
    ]
  }
}
