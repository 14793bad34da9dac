/// A table of two columns laid side by side, as many pairs to a line as there is room for.
struct TextStrip {
  let table: Table
  let style: NumberStyle
  let palette: Palette

  private static let gap = 3

  func lines(width: Int) -> [TextLine] {
    var lines: [TextLine] = []
    if !table.title.isEmpty { lines.append(TextLine(table.title, .strong, in: palette)) }
    var names = TextLine()
    var values = TextLine()
    for row in table.rows {
      guard let name = row.first?.text(style), let value = row.dropFirst().first?.text(style)
      else { continue }
      let column = max(DisplayWidth.of(name), DisplayWidth.of(value))
      if names.width + column > width, names.width > 0 {
        lines += [names, values]
        (names, values) = (TextLine(), TextLine())
      }
      names.append(TextLine(name.rightAligned(to: column), .faint, in: palette))
      values.append(TextLine(value.rightAligned(to: column)))
      names.pad(to: names.width + Self.gap)
      values.pad(to: values.width + Self.gap)
    }
    return names.width > 0 ? lines + [names, values] : lines
  }
}
