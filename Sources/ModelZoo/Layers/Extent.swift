import ModelGraph

/// A height and a width, of a window or a step; a literal means both.
struct Extent: Hashable, Sendable, ExpressibleByIntegerLiteral {
  var height: Int
  var width: Int

  init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  init(_ side: Int) { self.init(side, side) }

  init(integerLiteral side: Int) { self.init(side) }

  var attribute: AttributeValue { .integers([height, width]) }

  /// The padding of the same amount at both ends of an axis: top, left, bottom, right.
  var padsAttribute: AttributeValue { .integers([height, width, height, width]) }
}
