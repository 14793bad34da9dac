import ModelGraph

/// A chart of an amount of memory over steps, in block characters.
struct TextTimeline {
  let timeline: Timeline
  let style: NumberStyle
  let palette: Palette

  private static let heights: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  private static let widest = 160

  func lines(width: Int) -> [TextLine] {
    guard let peak = timeline.amounts.max(), peak > .zero else { return [] }
    let rows = width >= 120 ? 10 : 7
    let labels = self.labels(peak: peak, rows: rows)
    let margin = labels.map(DisplayWidth.of).max() ?? 0
    let room = max(1, min(width - margin - 2, Self.widest))
    let columns = columns(at: room)
    let levels = columns.map { level($0, of: peak, rows: rows) }
    let top = columns.firstIndex(of: peak) ?? 0
    return [TextLine(timeline.title, .strong, in: palette)]
      + [marker(column: top, margin: margin, width: width)]
      + labels.enumerated().map { index, label in
        row(rows - 1 - index, levels, peakColumn: top, label: label.rightAligned(to: margin))
      } + axis(margin: margin, columns: columns.count)
  }

  /// The amounts at the left: the peak, half of it.
  private func labels(peak: ByteCount, rows: Int) -> [String] {
    (0..<rows).map { index in
      switch index {
      case 0: style.bytes(peak)
      case rows / 2: style.bytes(ByteCount(peak.value * (rows - index) / rows))
      default: ""
      }
    }
  }

  /// The amounts at the chart's resolution: every column shows the most of its steps.
  private func columns(at room: Int) -> [ByteCount] {
    let amounts = timeline.amounts
    guard amounts.count > room else {
      let repeats = min(room / amounts.count, 4)
      return amounts.flatMap { Array(repeating: $0, count: repeats) }
    }
    return (0..<room).map { column in
      let start = amounts.count * column / room
      let end = max(start + 1, amounts.count * (column + 1) / room)
      return amounts[start..<end].max() ?? .zero
    }
  }

  /// The height in eighths of a row.
  private func level(_ amount: ByteCount, of peak: ByteCount, rows: Int) -> Int {
    let level = Double(amount.value) / Double(peak.value) * Double(rows * 8)
    return amount > .zero ? max(1, Int(level.rounded())) : 0
  }

  private func row(_ row: Int, _ levels: [Int], peakColumn: Int, label: String) -> TextLine {
    var line = TextLine(label, .faint, in: palette)
    line.append(TextLine(label.allSatisfy { $0 == " " } ? " │" : " ┤", .faint, in: palette))
    let blocks = String(levels.map { Self.heights[min(8, max(0, $0 - row * 8))] })
    let before = String(blocks.prefix(peakColumn))
    let after = String(blocks.dropFirst(peakColumn + 1))
    line.append(TextLine(before, .picture, in: palette))
    line.append(TextLine(String(blocks.dropFirst(peakColumn).prefix(1)), .bad, in: palette))
    line.append(TextLine(after, .picture, in: palette))
    return line
  }

  /// The mark above the peak, its label on the side that has room.
  private func marker(column: Int, margin: Int, width: Int) -> TextLine {
    let position = margin + 2 + column
    let isLeft = position > width / 2
    let room = isLeft ? position - 1 : width - position - 2
    let label = timeline.peakLabel.withoutControlCharacters.truncatedInMiddle(to: room)
    var line = TextLine(blanks(isLeft ? position - 1 - DisplayWidth.of(label) : position))
    if isLeft { line.append(TextLine("\(label) ")) }
    line.append(TextLine("▼", .bad, in: palette))
    if !isLeft { line.append(TextLine(" \(label)")) }
    return line
  }

  private func axis(margin: Int, columns: Int) -> [TextLine] {
    let first = "1"
    let last = style.count(timeline.amounts.count)
    let zero = style.bytes(.zero).rightAligned(to: margin)
    let line = "\(zero) └" + String(repeating: "─", count: columns)
    guard columns > first.count + last.count else {
      return [TextLine(line, .faint, in: palette)]
    }
    let steps = blanks(margin + 2) + first + blanks(columns - first.count - last.count) + last
    return [TextLine(line, .faint, in: palette), TextLine(steps, .faint, in: palette)]
  }
}
