import MemoryAnalysis
import ModelGraph

/// The form for pull requests and documents, in GitHub's Markdown.
/// <https://github.github.com/gfm/>
public struct MarkdownForm: OutputForm {
  public var style: NumberStyle

  public init(style: NumberStyle = NumberStyle()) { self.style = style }

  public func write(_ subject: any Presentable) -> String {
    let page = subject.page(style)
    var parts = [heading(page), keyFigures(page.keyFigures)]
    for section in page.sections {
      parts.append(section.title.isEmpty ? "" : "## \(escaped(section.title))")
      parts += section.blocks.map(text)
    }
    parts.append(diagnostics(page.diagnostics))
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private func heading(_ page: Page) -> String {
    guard !page.title.isEmpty else { return "" }
    let subtitle = page.subtitle.isEmpty ? "" : "\n\n\(escaped(page.subtitle))"
    return "# \(escaped(page.title))\(subtitle)"
  }

  private func keyFigures(_ figures: [Page.KeyFigure]) -> String {
    figures.map { "**\(escaped($0.value))** \(escaped($0.caption))" }.joined(separator: " · ")
  }

  private func text(_ block: Block) -> String {
    switch block {
    case .figures(let figures): text(figures)
    case .table(let table), .strip(let table): text(table)
    // A chart of block characters would not survive a proportional typeface; the peak is told
    // by the figures.
    case .timeline: ""
    case .verdicts(let verdicts):
      verdicts.map { "- \($0.holds ? "✅" : "❌") \(escaped($0.sentence))" }.joined(separator: "\n")
    case .explanations(let explanations): explanations.map(text).joined(separator: "\n")
    case .paragraph(let text): escaped(text)
    case .arena, .frontier: ""
    case .command(let line): "```\n\(line.withoutControlCharacters)\n```"
    }
  }

  private func text(_ figures: [Figure]) -> String {
    let columns: [Column] = [
      Column("figure", "Figure", .text), Column("bytes", "Memory", .number),
      Column("count", "Count", .number), Column("note", "Note", .text),
    ]
    let rows = figures.map { figure -> [Cell] in
      [
        .text(figure.label), figure.bytes.map(Cell.bytes) ?? .text(""),
        figure.count.map(Cell.count) ?? .text(""), .text(figure.note),
      ]
    }
    let used = columns.indices.filter { index in rows.contains { $0[index] != .text("") } }
    return text(
      Table(
        key: "", columns: used.map { columns[$0] }, rows: rows.map { row in used.map { row[$0] } }))
  }

  private func text(_ explanation: Explanation) -> String {
    let numbers = "\(escaped(explanation.formula)): \(escaped(explanation.numbers))"
    let origin = "from \(escaped(explanation.origin)), \(explanation.certainty.rawValue)"
    return "- `\(explanation.key)`: \(numbers); \(origin)"
  }

  private func text(_ table: Table) -> String {
    let columns = table.columns.indices.filter { table.columns[$0].kind != .bar }
    var lines = table.title.isEmpty ? [] : ["### \(escaped(table.title))", ""]
    lines.append(line(columns.map { escaped(table.columns[$0].title) }))
    lines.append(line(columns.map { alignment(table.columns[$0]) }))
    for row in table.rows {
      lines.append(line(columns.map { escaped(row[$0].text(style)) }))
    }
    if let more = table.more {
      lines += ["", "… and \(style.count(more.count)) more (`\(more.how)`)"]
    }
    return lines.joined(separator: "\n")
  }

  private func alignment(_ column: Column) -> String {
    column.kind == .number || column.kind == .formula ? "---:" : "---"
  }

  private func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }

  private func diagnostics(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.map { diagnostic in
      let place = diagnostic.location.isEmpty ? "" : " (\(escaped(diagnostic.location)))"
      return "- **\(diagnostic.severity.rawValue)**: \(escaped(diagnostic.message))\(place)"
    }.joined(separator: "\n")
  }

  /// The text with every character that Markdown would act on made plain.
  private func escaped(_ text: String) -> String {
    var result = ""
    for character in text.withoutControlCharacters {
      if "\\`*_[]<>|#".contains(character) { result += "\\" }
      result.append(character)
    }
    return result
  }
}
