public import ModelGraph

extension ShapeRule {
  /// The output has the type of the first input.
  public static let sameAsInput = ShapeRule.tensor { call throws(ShapeError) in
    try call.tensor(0)
  }

  /// The output has the first input's element type and the shape that all inputs broadcast to.
  public static let broadcast = ShapeRule.tensor { call throws(ShapeError) in
    var result = try call.tensor(0)
    for index in call.inputs.indices.dropFirst() {
      result.shape = try broadcastShape(result.shape, try call.shape(index))
    }
    return result
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
