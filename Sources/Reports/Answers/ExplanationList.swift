public import MemoryAnalysis

/// The derivations of a model's figures.
public struct ExplanationList: Hashable, Sendable {
  public var version: String
  public var model: ModelSummary
  public var explanations: [Explanation]

  public init(version: String, model: ModelSummary, explanations: [Explanation]) {
    self.version = version
    self.model = model
    self.explanations = explanations
  }
}
