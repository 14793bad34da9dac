/// An order of tasks, and what was proved of it.
public struct OrderSolution: Hashable, Sendable {
  /// The tasks, first to last.
  public var order: [Int]

  /// The most bytes live at once.
  public var peak: Int

  /// The bytes below which no order can go.
  public var lowerBound: Int

  public var status: ArenaSolution.Status

  /// The sets of finished tasks that the exact search looked at.
  public var states: Int

  /// The peak of the order in which the tasks were given.
  public var givenPeak: Int
}
