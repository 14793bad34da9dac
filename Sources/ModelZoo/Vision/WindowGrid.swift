import ModelGraph

/// How an image `[batch, height, width, features]` is cut into windows.
struct Grid {
  let window: Int

  /// The windows below each other and side by side, padding included.
  let rows: Int
  let columns: Int

  /// By how much the windows move; not at all along an axis that has one window.
  let rowShift: Int
  let columnShift: Int

  private let batch: Int
  private let features: Int

  init(_ x: Variable, window: Int, isShifted: Bool) {
    self.window = window
    batch = x.size(0)
    features = x.size(3)
    rows = x.size(1).dividedRoundingUp(by: window)
    columns = x.size(2).dividedRoundingUp(by: window)
    rowShift = isShifted && rows > 1 ? window / 2 : 0
    columnShift = isShifted && columns > 1 ? window / 2 : 0
  }

  var isShifted: Bool { rowShift + columnShift > 0 }
  var windowCount: Int { rows * columns }

  /// The windows of the padded and moved image, `[batch × windows, tokens, features]`.
  func partition(_ x: Variable, in graph: inout GraphBuilder) -> Variable {
    let padded = graph.pad(
      x, before: [0, 0, 0, 0],
      after: [0, rows * window - x.size(1), columns * window - x.size(2), 0])
    let moved = isShifted ? roll(padded, -1, in: &graph) : padded
    let cut = graph.view(moved, [batch, rows, window, columns, window, features])
    let ordered = graph.reorder(cut, [0, 1, 3, 2, 4, 5])
    return graph.view(ordered, [-1, window * window, features])
  }

  /// The image of the windows, moved back and without the padding.
  func reassemble(
    _ windows: Variable, like x: Variable, in graph: inout GraphBuilder
  ) -> Variable {
    let cut = graph.view(windows, [batch, rows, columns, window, window, features])
    let ordered = graph.reorder(cut, [0, 1, 3, 2, 4, 5])
    let padded = graph.view(ordered, [batch, rows * window, columns * window, features])
    let image = isShifted ? roll(padded, 1, in: &graph) : padded
    guard image.shape != x.shape else { return image }
    let top = graph.narrow(image, axis: 1, from: 0, to: x.size(1))
    return graph.contiguous(graph.narrow(top, axis: 2, from: 0, to: x.size(2)))
  }

  /// What to add to the scores of each window, `[windows, tokens, tokens]`.
  ///
  /// Regions are numbered in an image, cut into windows, and compared pair by pair.
  func mask(in graph: inout GraphBuilder) -> Variable {
    let tokens = window * window
    let size = graph.constant([rows * window, columns * window])
    let regions = graph.apply("ConstantOfShape", size)
    let cut = graph.view(regions, [rows, window, columns, window])
    let ordered = graph.reorder(cut, [0, 2, 1, 3])
    let differences = graph.apply(
      "Sub", graph.view(ordered, [windowCount, 1, tokens]),
      graph.view(ordered, [windowCount, tokens, 1]))
    let apart = graph.apply("NotEqual", differences)
    let filled = graph.apply("MaskedFill", differences, apart)
    let together = graph.apply("Equal", filled, graph.constant([0]))
    let mask = graph.apply("MaskedFill", filled, together)
    graph.hold(differences, through: mask)
    return mask
  }

  private func roll(
    _ x: Variable, _ direction: Int, in graph: inout GraphBuilder
  ) -> Variable {
    graph.apply(
      "Roll", x,
      attributes: [
        "dims": .integers([1, 2]),
        "shifts": .integers([direction * rowShift, direction * columnShift]),
      ])
  }
}
