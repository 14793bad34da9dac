import ModelGraph

extension ShapeRule {
  /// The sizes stand in the second operand, or in an attribute before version 5.
  static let reshape = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    guard let target = try call.integers(1, or: "shape") else { throw .missingInput(1) }
    let shape = try reshapedShape(
      input.shape, to: target, zeroCopies: !call.attributes.flag("allowzero"))
    return TensorType(input.dataType, shape)
  }

  /// Axes of size 1 go away: those named, or all.
  static let squeeze = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    guard let stated = try call.integers(1, or: "axes") else {
      return TensorType(input.dataType, input.shape.filter { $0 != 1 })
    }
    let axes = try OperatorCall.axes(stated, rank: input.rank)
    guard axes.allSatisfy({ input.shape[$0] == 1 }) else {
      throw .incompatible(rule: "axes \(stated) to be squeezed are not 1", shapes: [input.shape])
    }
    return TensorType(
      input.dataType, reducedShape(input.shape, axes: Set(axes), keepsAxes: false))
  }

  /// Axes of size 1 are put in, counted as in the output.
  static let unsqueeze = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    guard let stated = try call.integers(1, or: "axes") else { throw .missingInput(1) }
    let rank = input.rank + stated.count
    guard rank <= ShapeRule.maximumRank else { throw .unsupported("\(rank) axes") }
    let axes = Set(try OperatorCall.axes(stated, rank: rank))
    var sizes = input.shape.makeIterator()
    return TensorType(
      input.dataType, (0..<rank).map { axes.contains($0) ? 1 : sizes.next() ?? 1 })
  }

  /// Two axes: the product of the sizes before an axis, and of those from it on.
  static let flatten = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    let stated = call.attributes.integer("axis") ?? 1
    let axis =
      stated == input.rank ? stated : try OperatorCall.axis(stated, rank: input.rank)
    return TensorType(
      input.dataType,
      [Shape(input.shape[..<axis]).elementCount, Shape(input.shape[axis...]).elementCount])
  }

  /// The output is the first input, be it a tensor or not.
  static let identity = ShapeRule { call throws(ShapeError) in [try call.type(0)] }
}

/// The shape that a target names: 0 copies the input's size, −1 takes what is left.
///
/// <https://onnx.ai/onnx/operators/onnx__Reshape.html>
func reshapedShape(
  _ shape: Shape, to target: [Int], zeroCopies: Bool
) throws(ShapeError) -> Shape {
  guard target.count <= ShapeRule.maximumRank else { throw .unsupported("\(target.count) axes") }
  var result = target
  for axis in target.indices where target[axis] == 0 && zeroCopies {
    guard axis < shape.count else { throw .axisOutOfRange(axis: axis, rank: shape.count) }
    result[axis] = shape[axis]
  }
  if let open = target.firstIndex(of: -1) {
    result[open] = 1
    let known = result.elementCount
    result[open] = known == 0 ? 0 : shape.elementCount / known
  }
  guard result.isPlausible, result.elementCount == shape.elementCount else {
    throw .incompatible(rule: "the element counts differ", shapes: [shape, target])
  }
  return result
}
