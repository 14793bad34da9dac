import ModelGraph

/// Greedy suppression of boxes that overlap a better one.
///
/// <https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html>
struct BoxSelection {
  private let boxes: [Double]
  private let scores: [Double]

  /// Batches, classes and boxes.
  private let sizes: (batches: Int, classes: Int, boxes: Int)
  private let limit: Int
  private let overlap: Double
  private let threshold: Double
  private let isCentered: Bool

  /// The most boxes that are followed; the comparisons grow with the square.
  private static let maximumBoxCount = 512

  init(_ call: OperatorCall) throws(ShapeError) {
    let shape = try call.tensor(0, rank: 3).shape
    let scored = try call.tensor(1, rank: 3).shape
    guard scored[0] == shape[0], scored[2] == shape[1], shape[2] == 4 else {
      throw .incompatible(rule: "one score for each box and class", shapes: [shape, scored])
    }
    sizes = (scored[0], scored[1], scored[2])
    limit = try call.integers(2)?.first ?? 0
    overlap = try call.numbers(3)?.first ?? 0
    threshold = try call.numbers(4)?.first ?? -.infinity
    isCentered = call.attributes.flag("center_point_box")
    guard limit > 0 else {
      boxes = []
      scores = []
      return
    }
    guard sizes.boxes <= Self.maximumBoxCount else { throw .dependsOnContents(0) }
    guard let boxes = try call.numbers(0) else { throw .missingInput(0) }
    guard let scores = try call.numbers(1) else { throw .missingInput(1) }
    self.boxes = boxes
    self.scores = scores
  }

  /// A row `[batch, class, box]` for each box that is kept.
  func selected() -> [[Int]] {
    guard limit > 0, !boxes.isEmpty, !scores.isEmpty else { return [] }
    var rows: [[Int]] = []
    for batch in 0..<sizes.batches {
      for category in 0..<sizes.classes {
        rows += kept(batch, category).map { [batch, category, $0] }
      }
    }
    return rows
  }

  private func kept(_ batch: Int, _ category: Int) -> [Int] {
    let offset = (batch * sizes.classes + category) * sizes.boxes
    let candidates = (0..<sizes.boxes)
      .filter { scores[offset + $0] > threshold }
      .sorted { (scores[offset + $0], $1) > (scores[offset + $1], $0) }
    var kept: [Int] = []
    for box in candidates where kept.count < limit {
      let candidate = corners(batch, box)
      if kept.allSatisfy({ candidate.overlap(with: corners(batch, $0)) <= overlap }) {
        kept.append(box)
      }
    }
    return kept
  }

  private func corners(_ batch: Int, _ box: Int) -> Box {
    let start = (batch * sizes.boxes + box) * 4
    let (a, b, c, d) = (boxes[start], boxes[start + 1], boxes[start + 2], boxes[start + 3])
    guard !isCentered else {
      return Box(
        left: a - c / 2, top: b - d / 2, right: a + c / 2, bottom: b + d / 2)
    }
    return Box(left: min(a, c), top: min(b, d), right: max(a, c), bottom: max(b, d))
  }
}

private struct Box {
  var left, top, right, bottom: Double

  var area: Double { (right - left) * (bottom - top) }

  /// The area in common over the area of both together.
  func overlap(with other: Box) -> Double {
    let width = min(right, other.right) - max(left, other.left)
    let height = min(bottom, other.bottom) - max(top, other.top)
    guard width > 0, height > 0 else { return 0 }
    let common = width * height
    return common / (area + other.area - common)
  }
}
