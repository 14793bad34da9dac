import ModelGraph

extension LayerFootprint {
  /// The parameters' shapes multiplied out, such as `64 × 3 × 7 × 7 + 64 = 9,472`.
  ///
  /// In layers of many parameters equal shapes are told once, with their number.
  public var formula: String {
    let result = grouped(shapes.map(\.elementCount).saturatingTotal())
    let sum = sumOfProducts
    return sum == result ? result : "\(sum) = \(result)"
  }

  /// The left side of the ``formula``.
  var sumOfProducts: String {
    guard !shapes.isEmpty else { return "0" }
    let terms = shapes.count > 4 ? repeatedTerms(shapes) : shapes.map(product)
    return terms.joined(separator: " + ")
  }
}

private func repeatedTerms(_ shapes: [Shape]) -> [String] {
  var counts: [(shape: Shape, count: Int)] = []
  var positions: [Shape: Int] = [:]
  for shape in shapes {
    if let position = positions[shape] {
      counts[position].count += 1
    } else {
      positions[shape] = counts.count
      counts.append((shape, 1))
    }
  }
  return counts.map { $0.count == 1 ? product($0.shape) : "\($0.count) × (\(product($0.shape)))" }
}
