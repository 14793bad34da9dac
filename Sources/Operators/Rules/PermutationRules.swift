import ModelGraph

extension ShapeRule {
  static let transpose = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    return TensorType(input.dataType, try permutation(call).map { input.shape[$0] })
  }

  /// `[n, c, h, w] → [n, c / b², h · b, w · b]`.
  static let depthToSpace = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0, rank: 4)
    let block = try blockSize(call)
    let shape = input.shape
    let (channels, remainder) = shape[1].quotientAndRemainder(dividingBy: try block.times(block))
    guard remainder == 0 else {
      throw .incompatible(rule: "channels do not divide into blocks of \(block)", shapes: [shape])
    }
    return TensorType(
      input.dataType, [shape[0], channels, try shape[2].times(block), try shape[3].times(block)])
  }

  /// `[n, c, h, w] → [n, c · b², h / b, w / b]`.
  static let spaceToDepth = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0, rank: 4)
    let block = try blockSize(call)
    let shape = input.shape
    guard shape[2] % block == 0, shape[3] % block == 0 else {
      throw .incompatible(
        rule: "the image does not divide into blocks of \(block)", shapes: [shape])
    }
    return TensorType(
      input.dataType,
      [shape[0], try shape[1].times(try block.times(block)), shape[2] / block, shape[3] / block])
  }
}

/// The order in which a `Transpose` takes the axes; without `perm` the reverse one.
func permutation(_ call: OperatorCall) throws(ShapeError) -> [Int] {
  let rank = try call.shape(0).count
  guard let stated = call.attributes.integers("perm") else {
    return (0..<rank).reversed()
  }
  guard stated.count == rank else {
    throw .attribute(name: "perm", expected: "\(rank) axes", found: stated.description)
  }
  return try OperatorCall.axes(stated, rank: rank)
}

private func blockSize(_ call: OperatorCall) throws(ShapeError) -> Int {
  guard call.attributes["blocksize"] != nil else { throw .missingAttribute("blocksize") }
  return try call.positive("blocksize", default: 1)
}
