import MemoryAnalysis
import ModelGraph

/// The form for spreadsheets and data frames, by RFC 4180, numbers without units.
///
/// A page with one table and nothing else becomes that table. Otherwise every figure is a line of
/// its own: section, item, figure, value. <https://www.rfc-editor.org/rfc/rfc4180>
public struct CSVForm: OutputForm {
  public init() {}

  public func write(_ subject: any Presentable) -> String {
    let page = subject.page(NumberStyle())
    let lines = Self.onlyTable(of: page).map(Self.lines) ?? Self.lines(of: page)
    return lines.map { $0.map(Self.quoted).joined(separator: ",") + "\n" }.joined()
  }

  private static func onlyTable(of page: Page) -> Table? {
    let blocks = page.sections.flatMap(\.blocks)
    guard page.keyFigures.isEmpty, blocks.count == 1, case .table(let table)? = blocks.first
    else { return nil }
    return table
  }

  private static func lines(of table: Table) -> [[String]] {
    let columns = table.columns.indices.filter { table.columns[$0].kind != .bar }
    return [columns.map { table.columns[$0].key }]
      + table.rows.map { row in columns.map { plain(row[$0]) } }
  }

  private static func lines(of page: Page) -> [[String]] {
    [["section", "item", "figure", "value"]]
      + page.sections.flatMap { section in
        section.blocks.flatMap { lines(of: $0, in: section.key) }
      }
  }

  private static func lines(of block: Block, in section: String) -> [[String]] {
    switch block {
    case .figures(let figures): figures.flatMap { lines(of: $0, in: section) }
    case .table(let table), .strip(let table): lines(of: table, in: section)
    case .verdicts(let verdicts):
      verdicts.map { [section, $0.sentence, "holds", $0.holds ? "true" : "false"] }
    case .timeline(let timeline):
      timeline.amounts.enumerated().map { step, amount in
        [section, "step \(step + 1)", "liveBytes", String(amount.value)]
      }
    case .explanations(let explanations):
      explanations.map { [section, $0.key, $0.certainty.rawValue, $0.numbers] }
    case .paragraph, .arena, .frontier: []
    case .command(let line): [[section, "command", "", line]]
    }
  }

  private static func lines(of figure: Figure, in section: String) -> [[String]] {
    let bytes = figure.bytes.map { [[section, figure.key, "bytes", String($0.value)]] }
    let count = figure.count.map { [[section, figure.key, "count", String($0)]] }
    return (bytes ?? []) + (count ?? [])
  }

  /// The rows' figures, each under the name in the row's first cell.
  private static func lines(of table: Table, in section: String) -> [[String]] {
    table.rows.flatMap { row in
      zip(table.columns, row).dropFirst().compactMap { column, cell in
        column.kind == .bar
          ? nil : ["\(section).\(table.key)", row.first.map(plain) ?? "", column.key, plain(cell)]
      }
    }
  }

  private static func plain(_ cell: Cell) -> String {
    switch cell {
    case .text(let text), .formula(let text): text
    case .count(let count), .signedCount(let count): String(count)
    case .bytes(let amount), .signedBytes(let amount): String(amount.value)
    case .share(let value), .ratio(let value), .bar(let value): "\(value)"
    case .missing: ""
    }
  }

  private static func quoted(_ field: String) -> String {
    guard field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) })
    else { return field }
    var text = "\""
    for scalar in field.unicodeScalars {
      if scalar == "\"" { text += "\"" }
      text.unicodeScalars.append(scalar)
    }
    return text + "\""
  }
}
