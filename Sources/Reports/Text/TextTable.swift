/// A table set in columns for a terminal.
struct TextTable {
  let table: Table
  let style: NumberStyle
  let palette: Palette

  /// The room between two columns.
  private static let gap = 2
  private static let barWidths = 6...30

  func lines(width: Int) -> [TextLine] {
    let layout = layout(width: width)
    var lines: [TextLine] = []
    if !table.title.isEmpty { lines.append(TextLine(table.title, .strong, in: palette)) }
    if layout.contains(where: { !$0.column.title.isEmpty }) {
      lines.append(line(layout) { TextLine($0.heading, .faint, in: palette) })
    }
    for row in table.rows.indices {
      lines.append(line(layout) { cell(row, of: $0) })
    }
    if let more = table.more {
      let text = "… and \(style.count(more.count)) more (\(more.how))"
      lines.append(TextLine(text, .faint, in: palette))
    }
    return lines
  }

  private func line(
    _ layout: [ColumnLayout], _ text: (ColumnLayout) -> TextLine
  ) -> TextLine {
    var line = TextLine()
    for (index, column) in layout.enumerated() {
      line.pad(to: line.width + (index == 0 ? 0 : Self.gap))
      line.append(text(column))
    }
    return line
  }

  private func cell(_ row: Int, of column: ColumnLayout) -> TextLine {
    if column.column.kind == .bar {
      guard case .bar(let length) = table.rows[row][column.index] else {
        return TextLine(blanks(column.width))
      }
      let bar = Bar.text(length, width: column.width).padded(to: column.width)
      return TextLine(bar, .picture, in: palette)
    }
    return TextLine(column.aligned(column.texts[row]))
  }
}

extension TextTable {
  private func layout(width: Int) -> [ColumnLayout] {
    var columns = table.columns.indices.map(measure)
    while Self.total(columns.map(\.usefulWidth)) > width,
      let index = columns.lastIndex(where: \.column.isOptional)
    {
      columns.remove(at: index)
    }
    // A name of a million characters is not taken back one by one.
    for index in columns.indices where columns[index].isElastic {
      columns[index].width = min(columns[index].width, max(width, ColumnLayout.narrowestName))
    }
    shrink(&columns, to: width)
    if Self.total(columns.map(\.width)) > width {
      columns.removeAll { $0.column.kind == .bar }
    }
    // On the narrowest terminals the last columns go: half a number would be worse than none.
    while columns.count > 2, Self.total(columns.map(\.width)) > width { columns.removeLast() }
    growBar(&columns, to: width)
    return columns
  }

  private func measure(_ index: Int) -> ColumnLayout {
    let column = table.columns[index]
    var texts = table.rows.map { row in
      row.indices.contains(index) ? row[index].text(style) : ""
    }
    if column.kind == .number { Self.alignUnits(&texts) }
    let widest = texts.lazy.map(DisplayWidth.of).max() ?? 0
    let isBar = column.kind == .bar
    return ColumnLayout(
      index: index, column: column, texts: texts, widestCell: widest,
      width: isBar ? Self.barWidths.lowerBound : max(widest, DisplayWidth.of(column.title)))
  }

  private static func total(_ widths: [Int]) -> Int {
    widths.reduce(0, +) + gap * max(0, widths.count - 1)
  }

  /// Takes room from words until the table fits: first from what could be left out, then from
  /// headings over numbers, then from the widest.
  private func shrink(_ columns: inout [ColumnLayout], to width: Int) {
    for isCandidate in [\ColumnLayout.isSpare, \.isHeading, \.isElastic] {
      var excess = Self.total(columns.map(\.width)) - width
      while excess > 0 {
        let candidates = columns.indices.filter { columns[$0][keyPath: isCandidate] }
        guard let widest = candidates.max(by: { columns[$0].width < columns[$1].width }) else {
          break
        }
        columns[widest].width -= 1
        excess -= 1
      }
    }
  }

  private func growBar(_ columns: inout [ColumnLayout], to width: Int) {
    guard let bar = columns.firstIndex(where: { $0.column.kind == .bar }) else { return }
    let room = columns[bar].width + width - Self.total(columns.map(\.width))
    columns[bar].width = min(room, Self.barWidths.upperBound)
  }

  /// Pads short units, so that numbers and units stand under each other.
  private static func alignUnits(_ texts: inout [String]) {
    let units = texts.map { $0.split(separator: " ").dropFirst().first?.count ?? 0 }
    guard let widest = units.max(), widest > 0 else { return }
    for (index, unit) in units.enumerated() where unit > 0 {
      texts[index] += blanks(widest - unit)
    }
  }
}

/// A column with its cells written and its width chosen.
private struct ColumnLayout {
  var index: Int
  var column: Column
  var texts: [String]
  var widestCell: Int
  var width: Int

  fileprivate static let narrowestName = 12

  /// A width at which most names can still be told apart.
  private static let comfortableName = 20

  /// The least width at which words that could be left out are worth their place.
  private static let narrowestOptional = 24

  private var isWords: Bool { [.name, .text, .formula].contains(column.kind) }

  /// Whether the column has more room than it must have.
  ///
  /// An equation cut in the middle says nothing, so it is left whole or left out.
  var isElastic: Bool { isWords && column.kind != .formula && width > Self.narrowestName }
  var isSpare: Bool { isWords && column.isOptional && width > Self.narrowestOptional }

  /// Whether the heading alone makes a column of numbers this wide.
  var isHeading: Bool { column.kind == .number && width > max(widestCell, Self.narrowestName) }

  /// The width that the column gets before others are left out.
  var usefulWidth: Int {
    guard isWords else { return width }
    return min(width, column.isOptional ? Self.narrowestOptional : Self.comfortableName)
  }

  var heading: String { aligned(column.title) }

  func aligned(_ text: String) -> String {
    switch column.kind {
    case .number, .formula: text.truncatedInMiddle(to: width).rightAligned(to: width)
    case .name: text.truncatedInMiddle(to: width).padded(to: width)
    case .label, .text, .bar: text.truncated(to: width).padded(to: width)
    }
  }
}

/// A bar of block characters, exact to an eighth of a column.
enum Bar {
  private static let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]

  static func text(_ length: Double, width: Int) -> String {
    let clamped = length.isFinite ? min(max(length, 0), 1) : 0
    let count = Int((clamped * Double(width * 8)).rounded())
    // What is there at all should be seen.
    let (full, rest) = max(count, length > 0 ? 1 : 0).quotientAndRemainder(dividingBy: 8)
    let end = rest > 0 ? String(eighths[rest - 1]) : ""
    return String(repeating: "█", count: full) + end
  }
}
