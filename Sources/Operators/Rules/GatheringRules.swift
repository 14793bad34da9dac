import ModelGraph

extension ShapeRule {
  /// The indexed axis is replaced by the axes of the indices.
  static let gather = ShapeRule.tensor { call throws(ShapeError) in
    let data = try call.tensor(0)
    let axis = try call.axis(default: 0, rank: data.rank)
    let indices = try call.shape(1)
    return TensorType(
      data.dataType, Array(data.shape[..<axis]) + indices + Array(data.shape[(axis + 1)...]))
  }

  /// One element for each index.
  static let gatherElements = ShapeRule.tensor { call throws(ShapeError) in
    let data = try call.tensor(0)
    _ = try call.axis(default: 0, rank: data.rank)
    let indices = try call.shape(1)
    guard indices.count == data.rank else {
      throw .rank(input: 1, expected: "\(data.rank) axes", found: indices)
    }
    return TensorType(data.dataType, indices)
  }

  /// The last axis of the indices names positions in the data, the batch axes apart.
  static let gatherND = ShapeRule.tensor { call throws(ShapeError) in
    let data = try call.tensor(0)
    let (batch, depth) = try indexDepth(call, data: data.shape)
    let indices = try call.shape(1)
    return TensorType(
      data.dataType, Array(indices.dropLast()) + Array(data.shape.dropFirst(batch + depth)))
  }

  /// The data's type; updates must be of the shape that gathering would give.
  static let scatterND = ShapeRule.tensor { call throws(ShapeError) in
    let data = try call.tensor(0)
    _ = try indexDepth(call, data: data.shape)
    return data
  }

  /// The data's type; there is one index for each update.
  static let scatterElements = ShapeRule.tensor { call throws(ShapeError) in
    let data = try call.tensor(0)
    _ = try call.axis(default: 0, rank: data.rank)
    let (indices, updates) = (try call.shape(1), try call.shape(2))
    guard indices == updates else {
      throw .incompatible(rule: "indices and updates differ", shapes: [indices, updates])
    }
    return data
  }

  /// A new axis of the given depth, which holds one value where the index says and another else.
  static let oneHot = ShapeRule.tensor { call throws(ShapeError) in
    let indices = try call.shape(0)
    let axis = try call.axis(default: -1, rank: indices.count + 1)
    guard let depth = try call.numbers(1)?.first else { throw .missingInput(1) }
    var shape = indices
    shape.insert(Int(clamping: depth), at: axis)
    return TensorType(try call.dataType(2), shape)
  }

  /// As many slices, or elements without `axis`, as the condition has true values.
  static let compress = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    guard let condition = try call.integers(1) else { throw .missingInput(1) }
    let taken = condition.count { $0 != 0 }
    guard let stated = call.attributes.integer("axis") else {
      return TensorType(type.dataType, [taken])
    }
    type.shape[try OperatorCall.axis(stated, rank: type.rank)] = taken
    return type
  }
}

/// The number of leading axes that data and indices share, and of the axes that are indexed.
func indexDepth(
  _ call: OperatorCall, data: Shape
) throws(ShapeError) -> (batch: Int, depth: Int) {
  let indices = try call.shape(1)
  let batch = call.attributes.integer("batch_dims") ?? 0
  guard let depth = indices.last, 0..<indices.count ~= batch, batch <= data.count,
    0...(data.count - batch) ~= depth
  else {
    throw .incompatible(rule: "the indices do not suit the data", shapes: [data, indices])
  }
  return (batch, depth)
}
