public import Reports

extension MemFit {
  /// Sets the figures of two reports side by side.
  public static func compare(_ first: Report, _ second: Report) -> Comparison {
    Comparison(
      version: version, first: first.model, second: second.model,
      rows: ReportFigure.compared.map { row($0, first, second) },
      diagnostics: first.diagnostics + second.diagnostics)
  }

  private static func row(
    _ figure: ReportFigure, _ first: Report, _ second: Report
  ) -> Comparison.Row {
    let a = figure.value(first)
    let b = figure.value(second)
    var row = Comparison.Row(
      key: figure.key, label: figure.label, unit: figure.unit, first: a, second: b,
      difference: nil, ratio: nil)
    guard let a, let b else { return row }
    // Figures saturate far below the range of integers, so that a difference cannot overflow.
    row.difference = b - a
    row.ratio = a == 0 ? nil : Double(b) / Double(a)
    return row
  }
}
