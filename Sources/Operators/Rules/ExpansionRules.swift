import ModelGraph

extension ShapeRule {
  /// The shape that the input and a stated shape broadcast to.
  static let expand = ShapeRule.tensor { call throws(ShapeError) in
    let input = try call.tensor(0)
    guard let target = try call.integers(1) else { throw .missingInput(1) }
    guard target.count <= maximumRank else { throw .unsupported("\(target.count) axes") }
    return TensorType(input.dataType, try broadcastShape(input.shape, target))
  }

  /// Every axis is repeated a number of times.
  static let tile = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    for (axis, count) in try repetitions(call, rank: type.rank).enumerated() {
      type.shape[axis] = try type.shape[axis].times(count)
    }
    return type
  }

  /// The second operand's type in the shape that all three broadcast to.
  static let selection = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(try call.dataType(1), try broadcastShape(of: call))
  }

  /// Sizes grow, or shrink, by what is put before and after.
  static let pad = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    for (axis, pads) in try padding(call, rank: type.rank).enumerated() {
      type.shape[axis] = try type.shape[axis].plus(pads.before).plus(pads.after)
    }
    return type
  }

  /// Stated sizes for all axes, or for those named.
  static let centerCropPad = ShapeRule.tensor { call throws(ShapeError) in
    var type = try call.tensor(0)
    guard let sizes = try call.integers(1) else { throw .missingInput(1) }
    let axes = try OperatorCall.axes(
      call.attributes.integers("axes") ?? Array(0..<type.rank), rank: type.rank)
    guard axes.count == sizes.count else {
      throw .incompatible(rule: "one size for each axis", shapes: [sizes, axes])
    }
    for (axis, size) in zip(axes, sizes) { type.shape[axis] = size }
    return type
  }
}

/// How often a `Tile` repeats each axis.
///
/// Version 1 had a number of tiles and one axis, both scalars.
func repetitions(_ call: OperatorCall, rank: Int) throws(ShapeError) -> [Int] {
  guard let counts = try call.integers(1) else { throw .missingInput(1) }
  if call.version < 6, let axis = try call.integer(2), let count = counts.first {
    var all = Array(repeating: 1, count: rank)
    all[try OperatorCall.axis(axis, rank: rank)] = count
    return all
  }
  guard counts.count == rank, counts.allSatisfy({ $0 >= 0 }) else {
    throw .incompatible(rule: "one count for each of \(rank) axes", shapes: [counts])
  }
  return counts
}

/// What a `Pad` puts before and after each axis; negative amounts cut off.
///
/// The amounts are an attribute before version 11 and an operand since; axes come with 18.
func padding(
  _ call: OperatorCall, rank: Int
) throws(ShapeError) -> [(before: Int, after: Int)] {
  let name = call.version < 2 ? "paddings" : "pads"
  guard let pads = try call.integers(1, or: name) else { throw .missingInput(1) }
  let stated = try call.integers(3) ?? Array(0..<rank)
  let axes = try OperatorCall.axes(stated, rank: rank)
  guard pads.count == axes.count * 2 else {
    throw .incompatible(rule: "two amounts for each of \(axes.count) axes", shapes: [pads])
  }
  var all = Array(repeating: (before: 0, after: 0), count: rank)
  for (position, axis) in axes.enumerated() {
    all[axis] = (before: pads[position], after: pads[position + axes.count])
  }
  return all
}
