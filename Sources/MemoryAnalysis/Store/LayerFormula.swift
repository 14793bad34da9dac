import ModelGraph

/// The shapes of a layer's parameters multiplied out, such as `64 × 3 × 7 × 7 + 64 = 9,472`.
///
/// In layers of many parameters equal shapes are told once, with their number.
func formula(ofShapes shapes: [Shape]) -> String {
  guard !shapes.isEmpty else { return "0" }
  let total = shapes.map(\.elementCount).saturatingTotal()
  let terms = shapes.count > 4 ? repeatedTerms(shapes) : shapes.map(product)
  let sum = terms.joined(separator: " + ")
  let result = grouped(total)
  return sum == result ? result : "\(sum) = \(result)"
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
