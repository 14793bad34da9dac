import ModelGraph

extension ShapeRule {
  /// The type of the input; statistics of one number per channel as further outputs.
  ///
  /// The outputs after the first are those of the mean and variance given, in every version.
  static let batchNormalization = ShapeRule { call throws(ShapeError) in
    let input = try call.tensor(0)
    try checkChannels(call, of: input.shape, operands: 1...4)
    var outputs: [ValueType] = [.tensor(input)]
    for index in 1..<max(1, min(call.outputCount, 5)) {
      outputs.append(.tensor(try call.tensor(index % 2 == 1 ? 3 : 4)))
    }
    return outputs
  }

  /// The type of the input; the scale and bias have one number per channel.
  static let instanceNormalization = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    try checkChannels(call, of: input.shape, operands: 1...2)
    return input
  }

  /// The type of the input, whose channels fall into `num_groups` groups.
  static let groupNormalization = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    let groups = try call.positive("num_groups", default: 1)
    guard input.rank >= 2, input.shape[1] % groups == 0 else {
      throw .incompatible(
        rule: "channels are no multiple of num_groups \(groups)", shapes: [input.shape])
    }
    return input
  }

  /// The type of the input; mean and inverse deviation of each row as further outputs.
  static let layerNormalization = ShapeRule { call throws(ShapeError) in
    let input = try call.tensor(0)
    let statistics = ValueType.tensor(try rowStatistics(call))
    return Array([.tensor(input), statistics, statistics].prefix(max(1, call.outputCount)))
  }
}

/// The type of the mean of each row: 1 along the normalised axes, in the accumulator's type.
func rowStatistics(_ call: OperatorCall) throws(ShapeError) -> TensorType {
  let input = try call.tensor(0)
  let axis = try call.axis(default: -1, rank: input.rank)
  let shape = reducedShape(input.shape, axes: Set(axis..<input.rank), keepsAxes: true)
  return TensorType(try call.elementType("stash_type", default: .float32), shape)
}

private func checkChannels(
  _ call: OperatorCall, of shape: Shape, operands: ClosedRange<Int>
) throws(ShapeError) {
  guard shape.count >= 2, call.attributes.integer("spatial") != 0 else { return }
  for index in operands where call.has(index) {
    let operand = try call.shape(index)
    guard operand == [shape[1]] else {
      throw .incompatible(rule: "one number per channel", shapes: [shape, operand])
    }
  }
}

extension Auxiliary {
  /// One `float32` number per channel of `[N, C, …]`.
  static func perChannel(_ name: String) -> Auxiliary {
    Auxiliary(name, isMadeAtInference: false) { call in
      guard let shape = try? call.shape(0), shape.count >= 2 else { return nil }
      return TensorType(.float32, [shape[1]])
    }
  }

  /// One `float32` number per sample and channel of `[N, C, …]`.
  static func perSampleAndChannel(_ name: String) -> Auxiliary {
    Auxiliary(name) { call in
      guard let shape = try? call.shape(0), shape.count >= 2 else { return nil }
      let count = Shape(shape.prefix(2)).elementCount
      return TensorType(.float32, [count])
    }
  }

  /// One number per sample and group, in the type of the input.
  static func perGroup(_ name: String) -> Auxiliary {
    Auxiliary(name) { call in
      guard let input = try? call.tensor(0), let samples = input.shape.first else { return nil }
      return TensorType(input.dataType, [samples, call.attributes.integer("num_groups") ?? 1])
    }
  }

  /// One `float32` number per row, unless the statistic is an output of this call.
  static func perRow(_ name: String, unlessOutput output: Int) -> Auxiliary {
    Auxiliary(name) { call in
      guard call.outputCount <= output, let type = try? rowStatistics(call) else { return nil }
      return TensorType(.float32, type.shape)
    }
  }

  /// A tensor of the first input's type.
  static func likeInput(_ name: String) -> Auxiliary {
    Auxiliary(name) { call in try? call.tensor(0) }
  }
}
