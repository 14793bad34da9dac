import ModelGraph

/// The indices that a slice takes along one axis.
struct SliceRange: Hashable {
  var start: Int
  var step: Int
  var count: Int

  /// Takes a whole axis.
  init(all size: Int) {
    start = 0
    step = 1
    count = size
  }

  /// Takes every `step`th index from `start` to before `end`, counted and clamped as NumPy does.
  init(from start: Int, to end: Int, by step: Int, of size: Int) {
    let isForward = step > 0
    let bounds = isForward ? 0...size : -1...(size - 1)
    let first = Self.clamped(start, to: isForward ? bounds : min(0, size - 1)...(size - 1), size)
    let last = Self.clamped(end, to: bounds, size)
    let distance = isForward ? last - first : first - last
    let stride = Int(clamping: step.magnitude)
    self.start = first
    self.step = step
    count = distance > 0 && size > 0 ? (distance - 1) / stride + 1 : 0
  }

  private static func clamped(_ index: Int, to bounds: ClosedRange<Int>, _ size: Int) -> Int {
    let absolute = index < 0 ? index + size : index
    return min(max(absolute, bounds.lowerBound), bounds.upperBound)
  }

  /// The indices in order.
  var indices: [Int] { (0..<count).map { start &+ $0 &* step } }
}

/// The indices taken along each axis of a `Slice`.
///
/// Starts and ends are attributes before version 10 and operands since.
func sliceRanges(_ call: OperatorCall) throws(ShapeError) -> [SliceRange] {
  let shape = try call.shape(0)
  guard let starts = try call.integers(1, or: "starts") else { throw .missingInput(1) }
  guard let ends = try call.integers(2, or: "ends") else { throw .missingInput(2) }
  let stated = try call.integers(3, or: "axes") ?? Array(starts.indices)
  let steps = try call.integers(4) ?? Array(repeating: 1, count: starts.count)
  guard ends.count == starts.count, stated.count == starts.count, steps.count == starts.count
  else {
    throw .incompatible(
      rule: "starts, ends, axes and steps differ in length",
      shapes: [[starts.count], [ends.count], [stated.count], [steps.count]])
  }
  let axes = try OperatorCall.axes(stated, rank: shape.count)
  var ranges = shape.map { SliceRange(all: $0) }
  for (position, axis) in axes.enumerated() {
    guard steps[position] != 0 else {
      throw .attribute(name: "steps", expected: "steps other than 0", found: steps.description)
    }
    ranges[axis] = SliceRange(
      from: starts[position], to: ends[position], by: steps[position], of: shape[axis])
  }
  return ranges
}

extension ShapeRule {
  static let slice = ShapeRule.tensor { call throws(ShapeError) in
    TensorType(try call.dataType(0), try sliceRanges(call).map(\.count))
  }
}
