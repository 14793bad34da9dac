public import ModelGraph

extension ShapeRule {
  /// The output has the type of the first input.
  public static let sameAsInput = ShapeRule.tensor { call throws(ShapeError) in
    try call.tensor(0)
  }

  /// The output has the first input's element type and the shape that all inputs broadcast to.
  public static let broadcast = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(try call.dataType(0), try broadcastShape(of: call))
  }

  /// The type of the first input, whose shape the second input has too.
  static let sameAsBothInputs = ShapeRule.tensor { call throws(ShapeError) in
    let shapes = [try call.shape(0), try call.shape(1)]
    guard shapes[0] == shapes[1] else {
      throw .incompatible(rule: "the shapes are equal", shapes: shapes)
    }
    return try call.tensor(0)
  }

  /// Booleans in the shape that all inputs broadcast to.
  static let comparison = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(.bool, try broadcastShape(of: call))
  }

  /// Booleans in the shape of the first input.
  static let predicate = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(.bool, try call.shape(0))
  }
}

/// The shape that all inputs broadcast to.
func broadcastShape(of call: OperatorCall) throws(ShapeError) -> Shape {
  var result = try call.shape(0)
  if call.isAlignedAtAxis {
    for index in call.inputs.indices.dropFirst() {
      try checkAlignment(of: try call.shape(index), within: result, call)
    }
    return result
  }
  for index in call.inputs.indices.dropFirst() {
    result = try broadcastShape(result, try call.shape(index))
  }
  return result
}

/// Before version 7 the second operand's axes stood at a stated place within the first's.
private func checkAlignment(
  of b: Shape, within a: Shape, _ call: OperatorCall
) throws(ShapeError) {
  let axis = call.attributes.integer("axis") ?? a.count - b.count
  let start = axis < 0 && b.count <= a.count ? axis &+ a.count : axis
  guard b.count <= a.count, 0...(a.count - b.count) ~= start else {
    throw .axisOutOfRange(axis: axis, rank: a.count)
  }
  guard zip(a.dropFirst(start), b).allSatisfy({ $0 == $1 || $1 == 1 }) else {
    throw .incompatible(rule: "shapes do not broadcast at axis \(axis)", shapes: [a, b])
  }
}

/// The shape that two shapes broadcast to: axes are aligned at the end, and a size of 1 repeats.
///
/// <https://numpy.org/doc/stable/user/basics.broadcasting.html>
public func broadcastShape(_ a: Shape, _ b: Shape) throws(ShapeError) -> Shape {
  let rank = max(a.count, b.count)
  var result: Shape = []
  result.reserveCapacity(rank)
  for axis in 0..<rank {
    let x = axis < rank - a.count ? 1 : a[axis - (rank - a.count)]
    let y = axis < rank - b.count ? 1 : b[axis - (rank - b.count)]
    guard x == y || x == 1 || y == 1 else {
      throw .incompatible(rule: "shapes do not broadcast", shapes: [a, b])
    }
    result.append(x == 1 ? y : x)
  }
  return result
}
