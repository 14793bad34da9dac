public import ModelGraph

/// Two models side by side.
public struct Comparison: Hashable, Sendable {
  public var version: String
  public var first: ModelSummary
  public var second: ModelSummary
  public var rows: [Row]
  public var diagnostics: [Diagnostic]

  /// One figure of both models.
  public struct Row: Hashable, Sendable {
    /// The key of the figure in the JSON report.
    public var key: String
    public var label: String
    public var unit: Unit
    public var first: Int?
    public var second: Int?

    /// The second less the first.
    public var difference: Int?

    /// The second divided by the first.
    public var ratio: Double?

    public init(
      key: String, label: String, unit: Unit, first: Int?, second: Int?, difference: Int?,
      ratio: Double?
    ) {
      self.key = key
      self.label = label
      self.unit = unit
      self.first = first
      self.second = second
      self.difference = difference
      self.ratio = ratio
    }
  }

  public enum Unit: String, Hashable, Sendable {
    case bytes, count
  }

  public init(
    version: String, first: ModelSummary, second: ModelSummary, rows: [Row],
    diagnostics: [Diagnostic] = []
  ) {
    self.version = version
    self.first = first
    self.second = second
    self.rows = rows
    self.diagnostics = diagnostics
  }
}
