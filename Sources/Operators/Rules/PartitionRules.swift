import ModelGraph

extension ShapeRule {
  /// The sizes along an axis are stated, or equal; with `num_outputs` the last may be smaller.
  static let split = ShapeRule { call throws(ShapeError) in
    let input = try call.tensor(0)
    let axis = try call.axis(default: 0, rank: input.rank)
    return try splitSizes(call, along: input.shape[axis]).map {
      var part = input
      part.shape[axis] = $0
      return .tensor(part)
    }
  }

  /// The sizes along an axis add up; all others agree.
  static let concatenation = ShapeRule.tensor { call throws(ShapeError) in
    var result = try call.tensor(0)
    let axis = try call.axis(default: 1, rank: result.rank)
    for index in call.inputs.indices.dropFirst() {
      let next = try call.shape(index)
      guard next.count == result.rank,
        next.indices.allSatisfy({ $0 == axis || next[$0] == result.shape[$0] })
      else {
        throw .incompatible(
          rule: "shapes do not join along axis \(axis)", shapes: [result.shape, next])
      }
      result.shape[axis] = try result.shape[axis].plus(next[axis])
    }
    return result
  }
}

/// The sizes into which a `Split` divides an axis, one for each output.
func splitSizes(_ call: OperatorCall, along size: Int) throws(ShapeError) -> [Int] {
  if let sizes = try call.integers(1, or: "split") {
    guard sizes.isPlausible || sizes.contains(0), sizes.allSatisfy({ 0...size ~= $0 }),
      sizes.reduce(0, saturatingPairSum) == size
    else {
      throw .incompatible(rule: "the parts do not add up to \(size)", shapes: [sizes])
    }
    return sizes
  }
  let count = call.attributes.integer("num_outputs") ?? call.outputCount
  guard count > 0 else {
    throw .attribute(name: "num_outputs", expected: "at least 1", found: count.description)
  }
  let part = size.dividedRoundingUp(by: count)
  return (0..<call.outputCount).map { index in
    let (start, overflow) = part.multipliedReportingOverflow(by: index)
    return overflow ? 0 : max(0, min(part, size - start))
  }
}

/// The sum of two numbers that are not negative, at most `Int.max`.
func saturatingPairSum(_ a: Int, _ b: Int) -> Int {
  let (sum, overflow) = a.addingReportingOverflow(b)
  return overflow ? .max : sum
}
