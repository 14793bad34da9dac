import ModelGraph

/// The position in an operand of each element of the shape that it broadcasts to.
///
/// - Throws: ``ShapeError/incompatible(rule:shapes:)`` for an operand that does not broadcast to that shape.
func broadcastPositions(from shape: Shape, to result: Shape) throws(ShapeError) -> [Int] {
  guard shape != result else { return Array(0..<result.elementCount) }
  guard try broadcastShape(result, shape) == result else {
    throw .incompatible(rule: "shapes do not broadcast", shapes: [result, shape])
  }
  let steps = zip(shape, shape.strides).map { $0 == 1 ? 0 : $1 }
  let missing = Array(repeating: 0, count: max(0, result.count - shape.count))
  return positions(result, strides: missing + steps)
}

extension OperatorCall {
  /// Whether an operand's axes stand at a stated place within the first's, as versions before 7 have it.
  var isAlignedAtAxis: Bool { version < 7 && attributes.flag("broadcast") }

  /// The shape of an operand with the axes that versions before 7 leave to repeat at its end.
  func alignedShape(_ index: Int) throws(ShapeError) -> Shape {
    let own = try shape(index)
    let first = try shape(0)
    guard isAlignedAtAxis, index > 0, let axis = attributes.integer("axis"),
      case let start = axis < 0 ? axis &+ first.count : axis,
      (0...first.count) ~= start, start + own.count <= first.count
    else { return own }
    return own + Array(repeating: 1, count: first.count - start - own.count)
  }
}
