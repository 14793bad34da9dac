import ModelGraph

extension ShapeRule {
  /// `[…, m, k]` and `[…, k, n]` give `[…, m, n]`; vectors get and lose an axis.
  ///
  /// <https://numpy.org/doc/stable/reference/generated/numpy.matmul.html>
  static let matrixProduct = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(
      try call.dataType(0), try matrixProductShape(try call.shape(0), try call.shape(1)))
  }

  /// `[m, k]` and `[k, n]`, either transposed, plus a bias that broadcasts to `[m, n]`.
  static let generalMatrixProduct = ShapeRule.tensor { call throws(ShapeError) in
    let a = try matrix(call, 0, transposed: call.attributes.flag("transA"))
    let b = try matrix(call, 1, transposed: call.attributes.flag("transB"))
    guard a[1] == b[0] else {
      throw .incompatible(rule: "inner dimensions differ", shapes: [a, b])
    }
    let result = [a[0], b[1]]
    if call.has(2), case let bias = try call.shape(2) {
      guard try broadcastShape(result, bias) == result else {
        throw .incompatible(
          rule: "the bias does not broadcast to the product", shapes: [bias, result])
      }
    }
    return TensorType(try call.dataType(0), result)
  }
}

private func matrix(
  _ call: OperatorCall, _ index: Int, transposed: Bool
) throws(ShapeError) -> Shape {
  var shape = try call.shape(index)
  // Before version 7 a higher rank meant a matrix of the first axis and the rest.
  if call.version < 7, shape.count > 2 {
    shape = [shape[0], Shape(shape.dropFirst()).elementCount]
  }
  guard shape.count == 2 else { throw .rank(input: index, expected: "a matrix", found: shape) }
  return transposed ? shape.reversed() : shape
}

/// The shape of the product of two stacks of matrices.
func matrixProductShape(_ a: Shape, _ b: Shape) throws(ShapeError) -> Shape {
  guard !a.isEmpty, !b.isEmpty else {
    throw .rank(input: a.isEmpty ? 0 : 1, expected: "rank 1 or more", found: [])
  }
  let left = a.count == 1 ? [1] + a : a
  let right = b.count == 1 ? b + [1] : b
  guard left[left.count - 1] == right[right.count - 2] else {
    throw .incompatible(rule: "inner dimensions differ", shapes: [a, b])
  }
  var result = try broadcastShape(Array(left.dropLast(2)), Array(right.dropLast(2)))
  if a.count > 1 { result.append(left[left.count - 2]) }
  if b.count > 1 { result.append(right[right.count - 1]) }
  return result
}

extension WorkRule {
  /// Each output element is a dot product along the last axis of the first input.
  static let matrixProduct = WorkRule { call, outputs in
    let depth = (try? call.shape(0))?.last ?? 0
    return Work(multiplyAccumulates: saturatingProduct(outputs.first?.elementCount ?? 0, depth))
  }

  static let generalMatrixProduct = WorkRule { call, outputs in
    guard let a = try? call.shape(0), a.count == 2 else { return .zero }
    let depth = call.attributes.flag("transA") ? a[0] : a[1]
    return Work(multiplyAccumulates: saturatingProduct(outputs.first?.elementCount ?? 0, depth))
  }
}
