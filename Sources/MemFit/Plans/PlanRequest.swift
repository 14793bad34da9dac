public import MemoryAnalysis
public import ModelGraph

/// What is to be planned, and how much work to put into it.
public struct PlanRequest: Sendable {
  public var kinds: Set<Kind> = []

  /// Which outputs take over operands; what the runtime does if not said.
  public var inPlace: InPlaceRule?

  /// The size at which to stop: an arena, or the peak of an order.
  public var capacity: Int?

  /// The type that activations have on the device; that of the graph if not said.
  public var activationType: DataType?

  /// The divisor of every offset.
  public var alignment = 1

  /// The most steps of the exact placement, and sets that the exact ordering looks at.
  public var arenaSteps = 200_000
  public var orderStates = 100_000
  public var timeLimit: Duration? = .seconds(10)

  public enum Kind: Hashable, Sendable {
    case arena, order, patches
  }

  public init(_ kinds: Set<Kind> = []) { self.kinds = kinds }
}
