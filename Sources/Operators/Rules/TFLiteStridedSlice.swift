import ModelGraph

/// A slice whose masks say where begin and end do not count.
struct TFLiteStridedSlice {
  private let call: OperatorCall

  /// What becomes of an axis of the input, or an axis that is put between.
  enum Part {
    case range(start: Int, step: Int, count: Int)
    case index(Int)
    case new
  }

  init(_ call: OperatorCall) { self.call = call }

  func shape() throws(ShapeError) -> Shape {
    try parts().compactMap { part in
      switch part {
      case .range(_, _, let count): count
      case .index: nil
      case .new: 1
      }
    }
  }

  /// The indices that are taken along each axis of the input.
  func indices() throws(ShapeError) -> [[Int]] {
    try parts().compactMap { part in
      switch part {
      case .range(let start, let step, let count): (0..<count).map { start &+ $0 &* step }
      case .index(let index): [index]
      case .new: nil
      }
    }
  }

  private func parts() throws(ShapeError) -> [Part] {
    let input = try call.shape(0)
    guard let begins = try call.integers(1), let ends = try call.integers(2),
      let strides = try call.integers(3), ends.count == begins.count,
      strides.count == begins.count
    else { throw .missingInput(1) }
    var parts: [Part] = []
    var axis = 0
    for index in begins.indices {
      if isSet("ellipsis_mask", index) {
        let added = begins.indices.filter { isSet("new_axis_mask", $0) }.count
        let covered = max(0, input.count - (begins.count - 1 - added))
        parts += input.dropFirst(axis).prefix(covered).map { .range(start: 0, step: 1, count: $0) }
        axis += covered
      } else if isSet("new_axis_mask", index) {
        parts.append(.new)
      } else {
        guard axis < input.count else { throw .axisOutOfRange(axis: axis, rank: input.count) }
        parts.append(try part(index, input[axis], begins[index], ends[index], strides[index]))
        axis += 1
      }
    }
    return parts + input.dropFirst(axis).map { .range(start: 0, step: 1, count: $0) }
  }

  private func isSet(_ mask: String, _ index: Int) -> Bool {
    guard index < 32 else { return false }
    return (call.attributes.integer(mask) ?? 0) >> index & 1 == 1
  }

  private func part(
    _ index: Int, _ size: Int, _ begin: Int, _ end: Int, _ stride: Int
  ) throws(ShapeError) -> Part {
    if isSet("shrink_axis_mask", index) {
      let begin = isSet("begin_mask", index) ? 0 : begin
      return .index(Self.clamped(begin, size, to: 0...max(0, size - 1)))
    }
    guard stride != 0 else {
      throw .attribute(name: "strides", expected: "no zero", found: "0")
    }
    let isForward = stride > 0
    let limits = isForward ? 0...size : -1...max(-1, size - 1)
    let end = call.attributes.flag("offset") ? try begin.plus(end) : end
    let first =
      isSet("begin_mask", index)
      ? (isForward ? 0 : size - 1) : Self.clamped(begin, size, to: limits)
    let last =
      isSet("end_mask", index)
      ? (isForward ? size : -1) : Self.clamped(end, size, to: limits)
    let span = isForward ? last - first : first - last
    let count = span <= 0 ? 0 : span.dividedRoundingUp(by: Int(clamping: stride.magnitude))
    return .range(start: first, step: stride, count: count)
  }

  private static func clamped(_ position: Int, _ size: Int, to limits: ClosedRange<Int>) -> Int {
    let wrapped = position < 0 ? position.addingReportingOverflow(size).partialValue : position
    return min(max(wrapped, limits.lowerBound), limits.upperBound)
  }
}
