import ModelGraph

/// The module that makes the cosines and sines by which queries and keys are turned.
///
/// Su et al., "RoFormer", 2021. <https://arxiv.org/abs/2104.09864>
struct RotaryEmbedding {
  /// The features of a head that are turned.
  let width: Int

  /// The names of its tables of frequencies, which no checkpoint has.
  var tables = ["inv_freq", "original_inv_freq"]

  /// Makes the tables for the first positions.
  func callAsFunction(length: Int, in graph: inout GraphBuilder) -> RotaryTables {
    let positions = graph.positions(count: length)
    return self(positions: positions, in: &graph)
  }

  /// Makes the tables for positions `[1, length]`, in single precision until they are done.
  func callAsFunction(positions: Variable, in graph: inout GraphBuilder) -> RotaryTables {
    let frequencies = tables.map { graph.state($0, .float32, [width.dividedRoundingUp(by: 2)]) }
    guard let first = frequencies.first else { return RotaryTables(width: 0) }
    let column = graph.cast(
      graph.view(positions, [1, positions.size(1), 1]), to: .float32, isSingle: true)
    let angles = graph.hold(
      graph.multiply(column, graph.inPrecision(first, isSingle: true)))
    let both = graph.hold(graph.concatenate([angles, angles], axis: 2))
    let functions: [OperatorName] = ["Cos", "Sin"]
    let scaled = functions.map { function in
      graph.hold(graph.scale(graph.apply(function, both), by: 1))
    }
    let tables = scaled.map { graph.lowered($0) }
    return RotaryTables(cosine: tables[0], sine: tables[1], width: width)
  }
}

/// Cosines and sines `[1, length, width]`; none where positions are told otherwise.
struct RotaryTables: Sendable {
  var cosine: Variable?
  var sine: Variable?
  var width: Int

  /// Turns queries and keys, whose names then stand for what was turned until the module returns.
  func turn(_ heads: [Variable], in graph: inout GraphBuilder) -> [Variable] {
    guard cosine != nil, sine != nil else { return heads.map { graph.hold($0) } }
    let turned = heads.map { graph.hold(turn($0, in: &graph)) }
    if let last = turned.last { for straight in heads { graph.hold(straight, through: last) } }
    return turned
  }

  /// Turns the first features of heads `[batch, heads, length, features]`.
  func turn(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    guard let cosine, let sine else { return x }
    let all = x.size(-1)
    // The library makes tables for an odd number of features, or for more than there are, but
    // fails to turn them.
    guard width == cosine.size(-1), width <= all else {
      return graph.opaque("RotationOfOddWidth", [x, cosine, sine], gives: [x.type])[0]
    }
    guard width < all else { return turnAll(x, cosine, sine, in: &graph) }
    let turned = turnAll(
      graph.narrow(x, axis: 3, from: 0, to: width), cosine, sine, in: &graph)
    return graph.concatenate([turned, graph.narrow(x, axis: 3, from: width, to: all)], axis: 3)
  }

  /// `x · cos + rotate(x) · sin`, where the halves of a head change places and one its sign.
  private func turnAll(
    _ x: Variable, _ cosine: Variable, _ sine: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let shape = [cosine.size(0), 1, cosine.size(1), cosine.size(2)]
    let straight = graph.multiply(x, graph.view(cosine, shape))
    let half = x.size(-1) / 2
    let first = graph.narrow(x, axis: 3, from: 0, to: half)
    let second = graph.narrow(x, axis: 3, from: half, to: x.size(-1))
    let rotated = graph.concatenate([graph.apply("Neg", second), first], axis: 3)
    return graph.add(straight, graph.multiply(rotated, graph.view(sine, shape)))
  }
}
