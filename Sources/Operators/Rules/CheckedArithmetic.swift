import ModelGraph

extension Int {
  /// The sum; sizes from a file may be anything.
  func plus(_ other: Int) throws(ShapeError) -> Int {
    let (sum, overflow) = addingReportingOverflow(other)
    guard !overflow else { throw .outOfRange("sum", self, other) }
    return sum
  }

  /// The difference; sizes from a file may be anything.
  func minus(_ other: Int) throws(ShapeError) -> Int {
    let (difference, overflow) = subtractingReportingOverflow(other)
    guard !overflow else { throw .outOfRange("difference", self, other) }
    return difference
  }

  /// The product; sizes from a file may be anything.
  func times(_ other: Int) throws(ShapeError) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: other)
    guard !overflow else { throw .outOfRange("product", self, other) }
    return product
  }
}

extension ShapeError {
  fileprivate static func outOfRange(_ what: String, _ a: Int, _ b: Int) -> ShapeError {
    .incompatible(rule: "the \(what) is out of range", shapes: [[a], [b]])
  }
}
