import MemoryAnalysis

/// The blocks of a section set in lines, tables side by side where the page is wide.
struct BlockLayout {
  let width: Int
  let style: NumberStyle
  let palette: Palette

  private static let gap = 4

  /// The rows of the section, each the lines of one block or of several side by side.
  func rows(of blocks: [Block]) -> [[TextLine]] {
    var rows: [Row] = []
    for block in blocks {
      let lines = lines(of: block)
      guard !lines.isEmpty else { continue }
      let isTable = if case .table = block { true } else { false }
      if isTable, let last = rows.last, last.joins(lines, gap: Self.gap, within: width) {
        rows[rows.count - 1].append(lines, gap: Self.gap)
      } else {
        rows.append(Row(lines: lines, isOpen: isTable))
      }
    }
    return rows.map(\.lines)
  }

  private func lines(of block: Block) -> [TextLine] {
    switch block {
    case .figures(let figures): lines(of: figures)
    case .table(let table):
      TextTable(table: table, style: style, palette: palette).lines(width: width)
    case .strip(let table):
      TextStrip(table: table, style: style, palette: palette).lines(width: width)
    case .timeline(let timeline):
      TextTimeline(timeline: timeline, style: style, palette: palette).lines(width: width)
    case .verdicts(let verdicts):
      verdicts.flatMap(lines)
    case .explanations(let explanations):
      explanations.flatMap(lines)
    case .paragraph(let text):
      text.withoutControlCharacters.wrapped(to: width).map { TextLine($0) }
    case .arena, .frontier: []
    case .command(let line): [TextLine("$ \(line.withoutControlCharacters)")]
    }
  }

  private func lines(of figures: [Figure]) -> [TextLine] {
    let columns: [(hasAny: Bool, column: Column)] = [
      (true, Column("label", "", .label)),
      (figures.contains { $0.bytes != nil }, Column("bytes", "", .number)),
      (figures.contains { $0.count != nil }, Column("count", "", .number)),
      (figures.contains { !$0.note.isEmpty }, Column("note", "", .text, isOptional: true)),
    ]
    let rows = figures.map { figure -> [Cell] in
      [
        .text(figure.label), figure.bytes.map(Cell.bytes) ?? .text(""),
        figure.count.map(Cell.count) ?? .text(""), .text(figure.note),
      ]
    }
    let kept = columns.indices.filter { columns[$0].hasAny }
    let table = Table(
      key: "", columns: kept.map { columns[$0].column },
      rows: rows.map { row in kept.map { row[$0] } })
    return TextTable(table: table, style: style, palette: palette).lines(width: width)
  }

  /// The figure's key, then its formula, the numbers put in, and where they come from.
  private func lines(of explanation: Explanation) -> [TextLine] {
    var heading = TextLine(explanation.key, .strong, in: palette)
    heading.append(TextLine("  \(explanation.certainty.rawValue)", .faint, in: palette))
    let parts = [explanation.formula, explanation.numbers, "from \(explanation.origin)"]
    return [heading]
      + parts.flatMap { part in
        part.withoutControlCharacters.wrapped(to: width - 2)
          .map { TextLine($0).indented(by: 2) }
      }
  }

  private func lines(of verdict: Verdict) -> [TextLine] {
    let mark = verdict.holds ? "✓ " : "✗ "
    let lines = verdict.sentence.withoutControlCharacters.wrapped(to: width - 2)
    return lines.enumerated().map { index, text in
      TextLine(
        (index == 0 ? mark : "  ") + text, verdict.holds ? .good : .bad, in: palette)
    }
  }
}

/// Lines that other blocks may be set beside.
private struct Row {
  var lines: [TextLine]

  /// Whether a table may come to the right.
  var isOpen: Bool

  var width: Int { lines.map(\.width).max() ?? 0 }

  func joins(_ other: [TextLine], gap: Int, within limit: Int) -> Bool {
    isOpen && width + gap + (other.map(\.width).max() ?? 0) <= limit
  }

  mutating func append(_ other: [TextLine], gap: Int) {
    let left = width + gap
    for (index, line) in other.enumerated() {
      if index == lines.count { lines.append(TextLine()) }
      lines[index].pad(to: left)
      lines[index].append(line)
    }
  }
}
