import ModelGraph

/// The position in an operand of each element of the shape that it broadcasts to.
func broadcastPositions(from shape: Shape, to result: Shape) -> [Int] {
  guard shape != result else { return Array(0..<result.elementCount) }
  let steps = zip(shape, shape.strides).map { $0 == 1 ? 0 : $1 }
  let missing = Array(repeating: 0, count: max(0, result.count - shape.count))
  return positions(result, strides: missing + steps)
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
