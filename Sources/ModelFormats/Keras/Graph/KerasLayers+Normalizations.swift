import ByteFormats
import ModelGraph

extension KerasLayerTable {
  static let normalizations: [String: KerasLayerRule] = [
    "BatchNormalization": { call, lowering in lowering.batchNormalization(call) },
    "LayerNormalization": { call, lowering in
      guard let axis = call.lastAxis else { return nil }
      return [
        lowering.emit(
          "LayerNormalization",
          [
            call.input, lowering.variable("gamma", of: call), lowering.variable("beta", of: call),
          ], ["axis": .integer(axis)], layerType: .normalization, of: call)
      ]
    },
    "RMSNormalization": { call, lowering in
      guard let axis = call.lastAxis, let scale = lowering.variable("scale", of: call) else {
        return nil
      }
      return [
        lowering.emit(
          "RMSNormalization", [call.input, scale], ["axis": .integer(axis)],
          layerType: .normalization, of: call)
      ]
    },
    "GroupNormalization": { call, lowering in lowering.groupNormalization(call) },
    "Normalization": { call, lowering in
      guard let mean = lowering.variable("mean", of: call),
        let variance = lowering.variable("variance", of: call)
      else {
        // Figures that the configuration states are constants beside the graph.
        guard call.settings["mean"] ?? .null != .null else { return nil }
        let centred = lowering.emit(
          "AddNumber", [call.input], layerType: .normalization, of: call)
        return [lowering.emit("Scale", [centred], layerType: .normalization, of: call)]
      }
      let centred = lowering.emit("Sub", [call.input, mean], layerType: .normalization, of: call)
      let deviation = lowering.emit("Sqrt", [variance], of: call)
      return [lowering.emit("Div", [centred, deviation], layerType: .normalization, of: call)]
    },
    "UnitNormalization": { call, lowering in
      guard let axis = call.lastAxis, axis == call.input.rank - 1 else { return nil }
      return [
        lowering.emit(
          "LpNormalization", [call.input], ["axis": .integer(axis), "p": .integer(2)],
          layerType: .normalization, of: call)
      ]
    },
    "Rescaling": { call, lowering in
      let image =
        call.input.dataType.isFloatingPoint
        ? call.input : lowering.convert(call.input, to: call.layer.dataType, of: call)
      let scaled = lowering.emit("Scale", [image], of: call)
      return [lowering.emit("AddNumber", [scaled], of: call)]
    },
  ]
}

extension KerasCall {
  /// The axis from which on is normalised, if it is the last one or all from it on.
  fileprivate var lastAxis: Int? {
    let value = settings["axis"]
    let axes = value?.integer.map { [$0] } ?? value?.elements.compactMap(\.integer) ?? [-1]
    let positions = axes.compactMap { axis($0, rank: input.rank) }.sorted()
    guard let first = positions.first, positions == Array(first..<input.rank) else { return nil }
    return first
  }
}

extension KerasLowering {
  /// Normalises along one axis, which PyTorch's kernel wants second.
  fileprivate mutating func batchNormalization(_ call: KerasCall) -> [KerasOperand]? {
    let given = call.settings["axis"]
    let value = given?.integer ?? given?.elements.first?.integer ?? -1
    guard let axis = call.axis(value, rank: call.input.rank), axis > 0,
      let mean = variable("moving_mean", of: call),
      let variance = variable("moving_variance", of: call)
    else { return nil }
    let rank = call.input.rank
    let others = (1..<rank).filter { $0 != axis }
    let isSecond = axis == 1
    let input = isSecond ? call.input : transpose(call.input, [0, axis] + others, of: call)
    let operands = [
      input, variable("gamma", of: call), variable("beta", of: call), mean, variance,
    ]
    let made = emit("BatchNormalization", operands, layerType: .normalization, of: call)
    guard !isSecond else { return [made] }
    // The other axes lie behind in their order; the one comes back to its place among them.
    var back = Array(2..<rank)
    back.insert(1, at: axis - 1)
    return [transpose(made, [0] + back, of: call)]
  }

  fileprivate mutating func groupNormalization(_ call: KerasCall) -> [KerasOperand]? {
    guard call.input.rank >= 3, call.lastAxis == call.input.rank - 1,
      let gamma = variable("gamma", of: call), let beta = variable("beta", of: call),
      let channels = gamma.shape.first, let groups = call.integer("groups")
    else { return nil }
    let first = channelsFirst(call.input, call)
    let made = emit(
      "GroupNormalization", [first, gamma, beta],
      ["num_groups": .integer(groups == -1 ? channels : groups)], layerType: .normalization,
      of: call)
    return [channelsBack(made, call)]
  }
}
