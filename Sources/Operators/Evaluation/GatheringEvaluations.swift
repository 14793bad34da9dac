import ModelGraph

extension Evaluation {
  static let gather = picking { call, type throws(ShapeError) in
    guard let indices = call.value(1)?.integers else { return nil }
    guard type.elementCount > 0 else { return [] }
    let shape = try call.shape(0)
    let axis = try call.axis(default: 0, rank: shape.count)
    guard let chosen = absolute(indices, below: shape[axis]) else { return nil }
    let offsets = zip(shape, shape.strides).map { size, stride in
      (0..<size).map { $0 &* stride }
    }
    let stride = shape.strides[axis]
    return positions(
      offsets[..<axis] + [chosen.map { $0 &* stride }] + offsets[(axis + 1)...])
  }

  static let gatherElements = picking { call, type throws(ShapeError) in
    guard let indices = call.value(1)?.integers, type.elementCount > 0 else { return nil }
    return try elementPositions(call, indices, type.shape)
  }

  static let gatherND = picking { call, type throws(ShapeError) in
    guard let indices = call.value(1)?.integers, type.elementCount > 0 else { return nil }
    return try slicePositions(call, indices)
  }

  static let scatterElements = Evaluation { call, outputs throws(ShapeError) in
    guard let indices = call.value(1)?.integers, isPlainReplacement(call) else { return [] }
    let places = try elementPositions(call, indices, try call.shape(1))
    return [scattered(call, places)]
  }

  static let scatterND = Evaluation { call, outputs throws(ShapeError) in
    guard let indices = call.value(1)?.integers, isPlainReplacement(call) else { return [] }
    return [scattered(call, try slicePositions(call, indices))]
  }

  static let nonZero = Evaluation { call, outputs throws(ShapeError) in
    guard let value = call.value(0), let type = outputs.first?.tensorType else { return [] }
    let places = value.nonZeroPositions
    let coordinates = zip(value.type.shape, value.type.shape.strides).flatMap { size, stride in
      places.map { $0 / max(stride, 1) % max(size, 1) }
    }
    return [TensorValue(type, .integers(coordinates))]
  }

  static let compress = picking { call, type throws(ShapeError) in
    guard let condition = call.value(1)?.integers else { return nil }
    let taken = condition.indices.filter { condition[$0] != 0 }
    let shape = try call.shape(0)
    guard let stated = call.attributes.integer("axis") else {
      return taken.allSatisfy { $0 < shape.elementCount } ? taken : nil
    }
    let axis = try OperatorCall.axis(stated, rank: shape.count)
    guard taken.allSatisfy({ $0 < shape[axis] }), type.elementCount > 0 else { return nil }
    var offsets = zip(shape, shape.strides).map { size, stride in
      (0..<size).map { $0 &* stride }
    }
    offsets[axis] = taken.map { $0 &* shape.strides[axis] }
    return positions(offsets)
  }

  /// The smallest or largest elements along the only axis.
  static let topK = Evaluation { call, outputs throws(ShapeError) in
    guard let value = call.value(0), let numbers = value.numbers, value.type.rank == 1,
      let type = outputs.first?.tensorType
    else { return [] }
    let isLargest = call.attributes.integer("largest") != 0
    let order = numbers.indices.sorted { a, b in
      guard numbers[a] != numbers[b] else { return a < b }
      return isLargest ? numbers[a] > numbers[b] : numbers[a] < numbers[b]
    }
    let taken = Array(order.prefix(type.elementCount))
    return [
      value.picking(taken, as: type), TensorValue(TensorType(.int64, type.shape), .integers(taken)),
    ]
  }
}

/// Indices counted from either end as indices from the start; `nil` if one is out of range.
private func absolute(_ indices: [Int], below size: Int) -> [Int]? {
  guard indices.allSatisfy({ -size..<size ~= $0 }) else { return nil }
  return indices.map { $0 < 0 ? $0 + size : $0 }
}

private func isPlainReplacement(_ call: OperatorCall) -> Bool {
  (call.attributes.string("reduction") ?? "none") == "none"
}

/// The position in the data of each index along an axis; `nil` if one is out of range.
private func elementPositions(
  _ call: OperatorCall, _ indices: [Int], _ shape: Shape
) throws(ShapeError) -> [Int]? {
  let data = try call.shape(0)
  let axis = try call.axis(default: 0, rank: data.count)
  guard let chosen = absolute(indices, below: data[axis]), shape.count == data.count,
    shape.indices.allSatisfy({ $0 == axis || shape[$0] <= data[$0] })
  else { return nil }
  var strides = data.strides
  let stride = strides[axis]
  strides[axis] = 0
  return zip(positions(shape, strides: strides), chosen).map { $0 + $1 * stride }
}

/// The positions in the data of the slices that index vectors name; `nil` if one is out of range.
private func slicePositions(
  _ call: OperatorCall, _ indices: [Int]
) throws(ShapeError) -> [Int]? {
  let data = try call.shape(0)
  let (batch, depth) = try indexDepth(call, data: data)
  guard batch == 0, depth > 0, data.elementCount > 0 else { return nil }
  let inner = positions(Array(data[depth...]), strides: Array(data.strides[depth...]))
  var starts: [Int] = []
  for first in stride(from: 0, to: indices.count, by: depth) {
    var start = 0
    for axis in 0..<depth {
      guard let index = absolute([indices[first + axis]], below: data[axis])?.first else {
        return nil
      }
      start += index * data.strides[axis]
    }
    starts.append(start)
  }
  guard saturatingProduct(starts.count, inner.count) <= TensorValue.maximumElementCount else {
    return nil
  }
  return starts.flatMap { start in inner.map { start + $0 } }
}

/// The data with the updates put at the given positions.
private func scattered(_ call: OperatorCall, _ places: [Int]?) -> TensorValue? {
  guard let places, var data = call.value(0), let updates = call.value(2),
    places.count == updates.type.elementCount
  else { return nil }
  switch (data.contents, updates.contents) {
  case (.integers(var elements), .integers(let new)):
    for (place, element) in zip(places, new) { elements[place] = element }
    data.contents = .integers(elements)
  case (.floats(var elements), .floats(let new)):
    for (place, element) in zip(places, new) { elements[place] = element }
    data.contents = .floats(elements)
  default: return nil
  }
  return data
}
