import ModelGraph

extension Comparison: Presentable {
  public func page(_ style: NumberStyle) -> Page {
    let columns = [
      Column("figure", "Figure", .label), Column("first", first.name, .number),
      Column("second", second.name, .number), Column("difference", "Difference", .number),
      Column("ratio", "Ratio", .number),
    ]
    let cells = rows.filter(\.isKnown).map(\.cells)
    let table = Table(key: "comparison", columns: columns, rows: cells)
    return Page(
      sections: [Section(key: "comparison", title: "", blocks: [.table(table)])],
      diagnostics: diagnostics)
  }

  public var json: JSON {
    [
      "memfit": .string(version), "first": first.json, "second": second.json,
      "figures": .array(rows.map(\.json)), "diagnostics": .array(diagnostics.map(\.json)),
    ]
  }
}

extension Comparison.Row {
  fileprivate var isKnown: Bool { first != nil || second != nil }

  fileprivate var cells: [Cell] {
    [
      .text(label), cell(first), cell(second), signedCell(difference),
      ratio.map(Cell.ratio) ?? .missing,
    ]
  }

  private func cell(_ value: Int?) -> Cell {
    guard let value else { return .missing }
    return unit == .bytes ? .bytes(ByteCount(value)) : .count(value)
  }

  private func signedCell(_ value: Int?) -> Cell {
    guard let value else { return .missing }
    return unit == .bytes ? .signedBytes(ByteCount(value)) : .signedCount(value)
  }

  fileprivate var json: JSON {
    [
      "key": .string(key), "unit": .string(unit.rawValue),
      "first": first.map(JSON.integer) ?? nil, "second": second.map(JSON.integer) ?? nil,
      "difference": difference.map(JSON.integer) ?? nil, "ratio": ratio.map(JSON.number) ?? nil,
    ]
  }
}
