import ModelGraph

/// How a region of a node's output follows from a region of its operand, along height and width.
struct SlidingWindow {
  var kernel = [1, 1]
  var strides = [1, 1]
  var dilations = [1, 1]

  /// The padding before the first row and column.
  var padding = [0, 0]

  /// The operators that slide a window over images; the rest of what counts here works element by element.
  static let operators: Set<OperatorName> = ["Conv", "MaxPool", "AveragePool"]

  /// Every output element from the operand's element at its place.
  static let pointwise = SlidingWindow()

  /// Reads the window of a node; `nil` if its padding depends on the size or it has more axes.
  init?(_ node: Node, weight: Shape?) {
    let attributes = node.attributes
    guard attributes.string("auto_pad") ?? "NOTSET" == "NOTSET" else { return nil }
    guard
      let kernel = attributes.integers("kernel_shape") ?? weight.map({ Array($0.dropFirst(2)) }),
      kernel.count == 2
    else { return nil }
    let pads = attributes.integers("pads") ?? [0, 0, 0, 0]
    let strides = attributes.integers("strides") ?? [1, 1]
    let dilations = attributes.integers("dilations") ?? [1, 1]
    guard pads.count == 4, strides.count == 2, dilations.count == 2,
      (kernel + strides + dilations).allSatisfy({ (1...1 << 20).contains($0) }),
      pads.allSatisfy({ (0...1 << 20).contains($0) })
    else { return nil }
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    padding = Array(pads.prefix(2))
  }

  private init() {}

  /// The part of an operand that a part of the output is made from.
  func operandRegion(of region: ImageRegion, in size: [Int]) -> ImageRegion {
    ImageRegion(
      rows: operandRange(region.rows, axis: 0, size[0]),
      columns: operandRange(region.columns, axis: 1, size[1]))
  }

  private func operandRange(_ range: Range<Int>, axis: Int, _ size: Int) -> Range<Int> {
    guard !range.isEmpty else { return 0..<0 }
    let first = range.lowerBound * strides[axis] - padding[axis]
    let last =
      (range.upperBound - 1) * strides[axis] - padding[axis] + (kernel[axis] - 1) * dilations[axis]
    let lower = min(max(0, first), size)
    return lower..<max(lower, min(size, last + 1))
  }
}

/// A rectangle of an image.
struct ImageRegion: Hashable {
  var rows: Range<Int>
  var columns: Range<Int>

  var area: Int { rows.count * columns.count }

  /// The smallest rectangle that holds both.
  func union(_ other: ImageRegion) -> ImageRegion {
    if area == 0 { return other }
    if other.area == 0 { return self }
    return ImageRegion(
      rows: min(
        rows.lowerBound, other.rows.lowerBound)..<max(
          rows.upperBound, other.rows.upperBound),
      columns: min(
        columns.lowerBound, other.columns.lowerBound)..<max(
          columns.upperBound, other.columns.upperBound))
  }

  /// The parts of a grid with as many rows as columns.
  func patches(_ grid: Int) -> [ImageRegion] {
    (0..<grid * grid).map { index in
      let (row, column) = (index / grid, index % grid)
      return ImageRegion(
        rows: row * rows.count / grid..<(row + 1) * rows.count / grid,
        columns: column * columns.count / grid..<(column + 1) * columns.count / grid)
    }
  }
}
