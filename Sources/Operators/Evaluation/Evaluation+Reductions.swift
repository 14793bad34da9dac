import ModelGraph

extension Evaluation {
  static let reducedSum = reducing(integers: { $0 &+ $1 }, floats: { $0 + $1 }, start: 0)
  static let reducedProduct = reducing(integers: { $0 &* $1 }, floats: { $0 * $1 }, start: 1)
  static let reducedMaximum = reducing(
    integers: { max($0, $1) }, floats: { max($0, $1) }, start: nil)
  static let reducedMinimum = reducing(
    integers: { min($0, $1) }, floats: { min($0, $1) }, start: nil)

  /// The sum divided by the number of elements; of integers, truncated.
  static let reducedMean = Evaluation { call, outputs throws(ShapeError) in
    guard let type = outputs.first?.tensorType, let value = call.value(0),
      let sum = try reducedSum(call, outputs: outputs).first, let sum, type.elementCount > 0,
      case let count = value.type.elementCount / type.elementCount, count > 0
    else { return [] }
    switch sum.contents {
    case .integers(let elements): return [type.value(elements.map { $0 / count })]
    case .floats(let elements): return [type.value(elements.map { $0 / Double(count) })]
    case .strings: return []
    }
  }

  /// Combines the elements of the reduced axes, from a start or, without one, the first element.
  private static func reducing(
    integers: @escaping @Sendable (Int, Int) -> Int,
    floats: @escaping @Sendable (Double, Double) -> Double,
    start: Int?
  ) -> Evaluation {
    Evaluation { call, outputs throws(ShapeError) in
      guard let type = outputs.first?.tensorType, let value = call.value(0) else { return [] }
      let axes = try reducedAxes(call, rank: value.type.rank)
      let kept = reducedShape(value.type.shape, axes: axes, keepsAxes: true)
      guard kept.elementCount == type.elementCount else { return [] }
      let targets = try broadcastPositions(from: kept, to: value.type.shape)
      switch value.contents {
      case .integers(let elements):
        let result = reduce(elements, targets, type.elementCount, start, integers)
        return [result.map(type.value)]
      case .floats(let elements):
        let result = reduce(elements, targets, type.elementCount, start.map(Double.init), floats)
        return [result.flatMap(type.value)]
      case .strings: return []
      }
    }
  }

  private static func reduce<Element>(
    _ elements: [Element], _ targets: [Int], _ count: Int, _ start: Element?,
    _ combine: (Element, Element) -> Element
  ) -> [Element]? {
    var results: [Element?] = Array(repeating: start, count: count)
    for (element, target) in zip(elements, targets) {
      results[target] = results[target].map { combine($0, element) } ?? element
    }
    let known = results.compactMap(\.self)
    return known.count == count ? known : nil
  }
}
