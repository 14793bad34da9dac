public import ModelGraph

/// Whether a model keeps the limits a user set.
public struct Check: Hashable, Sendable {
  public var version: String
  public var model: ModelSummary
  public var limits: [Limit]
  public var diagnostics: [Diagnostic]

  /// One limit and what was found.
  public struct Limit: Hashable, Sendable {
    /// The key of the figure in the JSON report.
    public var key: String
    public var label: String
    public var unit: Comparison.Unit
    public var limit: Int

    /// The figure; `nil` if it cannot be known, which counts as exceeded.
    public var found: Int?

    /// By how much the limit is exceeded; zero or less if it holds.
    public var excess: Int?

    public init(
      key: String, label: String, unit: Comparison.Unit, limit: Int, found: Int?, excess: Int?
    ) {
      self.key = key
      self.label = label
      self.unit = unit
      self.limit = limit
      self.found = found
      self.excess = excess
    }

    public var holds: Bool { excess.map { $0 <= 0 } ?? false }
  }

  public init(
    version: String, model: ModelSummary, limits: [Limit], diagnostics: [Diagnostic] = []
  ) {
    self.version = version
    self.model = model
    self.limits = limits
    self.diagnostics = diagnostics
  }

  public var holds: Bool { limits.allSatisfy(\.holds) }
}
