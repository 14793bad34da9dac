import ModelGraph

/// A table of two columns laid side by side, as many pairs to a line as there is room for.
struct TextStrip {
  let table: Table
  let style: NumberStyle
  let palette: Palette

  private static let gap = 3

  private struct Pair {
    var name: String
    var value: String
    var width: Int { max(DisplayWidth.of(name), DisplayWidth.of(value)) }
  }

  func lines(width: Int) -> [TextLine] {
    let pairs = self.pairs
    guard !pairs.isEmpty else { return [] }
    // Lines of equal length look best, so the fewest lines are found first and then filled evenly.
    let most = (1...pairs.count).last { fits(pairs, perLine: $0, width) } ?? 1
    let lineCount = pairs.count.dividedRoundingUp(by: most)
    let perLine = pairs.count.dividedRoundingUp(by: lineCount)
    let widths = columnWidths(pairs, perLine: perLine)
    let lines = stride(from: 0, to: pairs.count, by: perLine).flatMap { start in
      self.lines(of: pairs[start..<min(start + perLine, pairs.count)], widths)
    }
    return table.title.wrapped(to: width).map { TextLine($0, .strong, in: palette) } + lines
  }

  private var pairs: [Pair] {
    table.rows.compactMap { row in
      guard let name = row.first, let value = row.dropFirst().first else { return nil }
      return Pair(name: name.text(style), value: value.text(style))
    }
  }

  private func fits(_ pairs: [Pair], perLine: Int, _ width: Int) -> Bool {
    let widths = columnWidths(pairs, perLine: perLine)
    return widths.reduce(0, +) + Self.gap * (widths.count - 1) <= width
  }

  private func columnWidths(_ pairs: [Pair], perLine: Int) -> [Int] {
    (0..<perLine).map { column in
      stride(from: column, to: pairs.count, by: perLine).map { pairs[$0].width }.max() ?? 0
    }
  }

  private func lines(of pairs: ArraySlice<Pair>, _ widths: [Int]) -> [TextLine] {
    var names = TextLine()
    var values = TextLine()
    for (pair, width) in zip(pairs, widths) {
      if names.width > 0 {
        names.pad(to: names.width + Self.gap)
        values.pad(to: values.width + Self.gap)
      }
      names.append(TextLine(pair.name.rightAligned(to: width), .faint, in: palette))
      values.append(TextLine(pair.value.rightAligned(to: width)))
    }
    return [names, values]
  }
}
