/// Where a figure of a report comes from.
public struct Explanation: Hashable, Sendable {
  /// The key of the figure in the JSON report, such as `store.parameters.count`.
  public var key: String

  /// The rule in symbols, such as `Σ out × in × kernel`.
  public var formula: String

  /// The rule with this model's numbers put in, ending in the result.
  public var numbers: String

  /// The field of the file, the flag or the default that the numbers come from.
  public var origin: String
  public var certainty: Certainty

  public enum Certainty: String, Hashable, Sendable {
    case exact, modelled, assumed
  }

  public init(
    key: String, formula: String, numbers: String, origin: String, certainty: Certainty
  ) {
    self.key = key
    self.formula = formula
    self.numbers = numbers
    self.origin = origin
    self.certainty = certainty
  }
}
