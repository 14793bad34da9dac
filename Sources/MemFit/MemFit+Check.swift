public import Reports

extension MemFit {
  /// The most that a figure may be.
  public struct Ceiling: Sendable {
    public var figure: ReportFigure
    public var limit: Int

    public init(_ figure: ReportFigure, atMost limit: Int) {
      self.figure = figure
      self.limit = limit
    }
  }

  /// Holds the figures of a report against limits.
  public static func check(_ report: Report, _ ceilings: [Ceiling]) -> Check {
    Check(
      version: version, model: report.model,
      limits: ceilings.map { ceiling in
        let found = ceiling.figure.value(report)
        return Check.Limit(
          key: ceiling.figure.key, label: ceiling.figure.label, unit: ceiling.figure.unit,
          limit: ceiling.limit, found: found, excess: found.map { $0 - ceiling.limit })
      },
      diagnostics: report.diagnostics)
  }
}
