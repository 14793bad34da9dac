import ModelGraph

/// A table of a web page, whose columns a reader can sort.
struct HTMLTable {
  let table: Table
  let style: NumberStyle

  /// Tables shorter than this are read at a glance.
  private static let leastSortedRows = 6

  /// Tables longer than this scroll in a window of their own.
  private static let mostShownRows = 30

  var html: Markup {
    let kind = isSortable ? "sortable" : ""
    let room = table.rows.count > Self.mostShownRows ? "wide tall" : "wide"
    let title: Markup = table.title.isEmpty ? "" : "<caption>\(table.title)</caption>"
    return """
      \(table.isBudget ? budgetBar : "")<div class="\(room)"><table class="\(kind)">\(title)
      <thead><tr>\(table.columns.map(heading))</tr></thead>
      <tbody>
      \(table.rows.map(row))</tbody></table></div>
      \(more)
      """
  }

  private var isSortable: Bool { table.rows.count >= Self.leastSortedRows && !table.isBudget }

  private func heading(_ column: Column) -> Markup {
    if column.kind == .bar { return "<td class=\"bar\"></td>" }
    let kind = column.styleNames
    guard isSortable else { return "<th scope=\"col\" class=\"\(kind)\">\(column.title)</th>" }
    return """
      <th scope="col" class="\(kind)"><button type="button">\(column.title)</button></th>
      """
  }

  private func row(_ cells: [Cell]) -> Markup {
    "<tr>\(zip(table.columns, cells).map(cell))</tr>\n"
  }

  private func cell(_ column: Column, _ cell: Cell) -> Markup {
    if column.kind == .bar { return bar(cell) }
    let kind = column.styleNames
    guard column.isNumeric else { return "<td class=\"\(kind)\">\(cell.fullText(style))</td>" }
    guard isSortable, let value = cell.sortKey else {
      return "<td class=\"\(kind)\">\(cell.text(style))</td>"
    }
    return "<td class=\"\(kind)\" data-v=\"\(value)\">\(cell.text(style))</td>"
  }

  private func bar(_ cell: Cell) -> Markup {
    guard case .bar(let length) = cell else { return "<td></td>" }
    return "<td class=\"bar\"><i style=\"width:\(Self.percent(length))\"></i></td>"
  }

  private var more: Markup {
    guard let more = table.more else { return "" }
    return "<p class=\"more\">and \(style.count(more.count)) more: <code>\(more.how)</code></p>\n"
  }

  /// The parts of a whole side by side; the table below says the same in numbers.
  private var budgetBar: Markup {
    let parts = table.rows.dropLast().enumerated().map { index, row -> Markup in
      let share = row.compactMap(\.part).first ?? 0
      let name = row.first?.text(style) ?? ""
      let isFree = index == table.rows.count - 2
      return """
        <i class="part\(isFree ? 0 : index % 8 + 1)" style="width:\(Self.percent(share))" \
        title="\(name)"></i>
        """
    }
    return "<div class=\"budget\" aria-hidden=\"true\">\(parts)</div>\n"
  }

  private static func percent(_ fraction: Double) -> String {
    "\((min(1, max(0, fraction)) * 1000).rounded() / 10)%"
  }
}

extension Column {
  fileprivate var isNumeric: Bool { kind == .number || kind == .formula }

  /// The classes of the style sheet that its cells are in.
  fileprivate var styleNames: String {
    let look = isNumeric ? "n" : kind == .name ? "name" : ""
    return isOptional ? "\(look) optional" : look
  }
}

extension Cell {
  /// The cell as people read it, equations whole.
  fileprivate func fullText(_ style: NumberStyle) -> String {
    if case .formula(let equation) = self { return equation }
    return text(style)
  }

  /// What a number is sorted by.
  fileprivate var sortKey: String? {
    switch self {
    case .count(let count), .signedCount(let count): String(count)
    case .bytes(let amount), .signedBytes(let amount): String(amount.value)
    case .share(let value), .ratio(let value): "\(value)"
    case .text, .formula, .bar, .missing: nil
    }
  }

  fileprivate var part: Double? {
    guard case .share(let share) = self else { return nil }
    return share
  }
}
