import ModelGraph

extension Evaluation {
  static let cumulativeSum = accumulating(integers: { $0 &+ $1 }, floats: { $0 + $1 }, start: 0)
  static let cumulativeProduct = accumulating(
    integers: { $0 &* $1 }, floats: { $0 * $1 }, start: 1)
  static let largestPosition = selecting { $0 > $1 }
  static let smallestPosition = selecting { $0 < $1 }

  /// Combines all elements up to each, itself left out if `exclusive`, from the end if `reverse`.
  private static func accumulating(
    integers: @escaping @Sendable (Int, Int) -> Int,
    floats: @escaping @Sendable (Double, Double) -> Double,
    start: Int
  ) -> Evaluation {
    Evaluation { call, outputs throws(ShapeError) in
      guard let type = outputs.first?.tensorType, let value = call.value(0),
        let stated = call.value(1)?.integers?.first
      else { return [] }
      let lines = AxisLines(
        type.shape, axis: try OperatorCall.axis(stated, rank: type.rank),
        isReversed: call.attributes.flag("reverse"))
      let excludes = call.attributes.flag("exclusive")
      switch value.contents {
      case .integers(let elements):
        return [type.value(lines.accumulate(elements, start, excludes, integers))]
      case .floats(let elements):
        return [type.value(lines.accumulate(elements, Double(start), excludes, floats))]
      case .strings: return []
      }
    }
  }

  /// The position along `axis` of the element that comes before all others.
  private static func selecting(
    _ precedes: @escaping @Sendable (Double, Double) -> Bool
  ) -> Evaluation {
    Evaluation { call, outputs throws(ShapeError) in
      guard let type = outputs.first?.tensorType, let value = call.value(0),
        let numbers = value.numbers, value.type.rank > 0, !numbers.isEmpty
      else { return [] }
      let axis = try call.axis(default: 0, rank: value.type.rank)
      let takesLast = call.attributes.flag("select_last_index")
      let lines = AxisLines(value.type.shape, axis: axis)
      return [
        type.value(
          lines.positions.map { line in
            var best = 0
            for (index, position) in line.enumerated() {
              let isTie = takesLast && numbers[position] == numbers[line[best]]
              if isTie || precedes(numbers[position], numbers[line[best]]) { best = index }
            }
            return best
          })
      ]
    }
  }
}

/// The positions of the elements of a tensor, line by line along an axis.
private struct AxisLines {
  let positions: [[Int]]

  init(_ shape: Shape, axis: Int, isReversed: Bool = false) {
    guard shape.elementCount > 0 else {
      positions = []
      return
    }
    let step = Shape(shape[(axis + 1)...]).elementCount
    let outer = Shape(shape[..<axis]).elementCount
    positions = (0..<outer).flatMap { block in
      (0..<step).map { offset in
        let line = (0..<shape[axis]).map { (block * shape[axis] + $0) * step + offset }
        return isReversed ? line.reversed() : line
      }
    }
  }

  func accumulate<Element>(
    _ elements: [Element], _ start: Element, _ excludes: Bool,
    _ combine: (Element, Element) -> Element
  ) -> [Element] {
    var results = elements
    for line in positions {
      var sum = start
      for position in line {
        let next = combine(sum, elements[position])
        results[position] = excludes ? sum : next
        sum = next
      }
    }
    return results
  }
}
