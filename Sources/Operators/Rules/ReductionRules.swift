import ModelGraph

extension ShapeRule {
  /// The reduced axes become 1, or go away without `keepdims`.
  ///
  /// The axes are an attribute at first and an input since version 13 (`ReduceSum`) or 18.
  static let reduction = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    let axes = try reducedAxes(call, rank: input.rank)
    let keeps = (call.attributes.integer("keepdims") ?? 1) != 0
    return TensorType(input.dataType, reducedShape(input.shape, axes: axes, keepsAxes: keeps))
  }

  /// One axis is reduced to the position of an element.
  static let argumentReduction = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.shape(0)
    let axis = try call.axis(default: 0, rank: input.count)
    let keeps = (call.attributes.integer("keepdims") ?? 1) != 0
    return TensorType(.int64, reducedShape(input, axes: [axis], keepsAxes: keeps))
  }
}

/// The axes that a reduction names, or all.
func reducedAxes(_ call: OperatorCall, rank: Int) throws(ShapeError) -> Set<Int> {
  let stated = try call.integers(1) ?? call.attributes.integers("axes") ?? []
  guard !stated.isEmpty else {
    return call.attributes.flag("noop_with_empty_axes") ? [] : Set(0..<rank)
  }
  var axes: Set<Int> = []
  for axis in stated { axes.insert(try OperatorCall.axis(axis, rank: rank)) }
  return axes
}

func reducedShape(_ shape: Shape, axes: Set<Int>, keepsAxes: Bool) -> Shape {
  if keepsAxes { return shape.indices.map { axes.contains($0) ? 1 : shape[$0] } }
  return shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
}
