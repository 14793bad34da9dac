import ModelGraph

/// The position in an operand of each element of the shape that it broadcasts to.
func broadcastPositions(from shape: Shape, to result: Shape) -> [Int] {
  let count = result.elementCount
  guard count > 0 else { return [] }
  guard shape != result else { return Array(0..<count) }
  let steps = broadcastSteps(from: shape, to: result)
  var positions: [Int] = []
  positions.reserveCapacity(count)
  var indices = Array(repeating: 0, count: result.count)
  var position = 0
  while positions.count < count {
    positions.append(position)
    for axis in result.indices.reversed() {
      indices[axis] += 1
      position += steps[axis]
      guard indices[axis] == result[axis] else { break }
      position -= steps[axis] * result[axis]
      indices[axis] = 0
    }
  }
  return positions
}

/// How far a step along each axis of the result goes in the operand; 0 where it repeats.
private func broadcastSteps(from shape: Shape, to result: Shape) -> [Int] {
  var steps = Array(repeating: 0, count: result.count)
  var step = 1
  for (axis, size) in zip(result.indices.reversed(), shape.reversed()) {
    steps[axis] = size == 1 ? 0 : step
    step *= size
  }
  return steps
}

extension OperatorCall {
  /// The shape of an operand with the axes that versions before 7 leave to repeat at its end.
  func alignedShape(_ index: Int) throws(ShapeError) -> Shape {
    let own = try shape(index)
    let first = try shape(0)
    guard version < 7, index > 0, let axis = attributes.integer("axis"),
      case let start = axis < 0 ? axis &+ first.count : axis,
      (0...first.count) ~= start, start + own.count <= first.count
    else { return own }
    return own + Array(repeating: 1, count: first.count - start - own.count)
  }
}
