public import ModelGraph

/// How a training step is carried out, beside the optimizer and the types.
///
/// A planner searches over values of this type by asking ``EagerTraining`` for each of them.
public struct Strategy: Hashable, Sendable {
  /// What of the forward pass is dropped and computed again.
  public var recomputation = Recomputation.none

  /// The batches whose gradients are summed before the optimizer steps, each of the graph's size.
  public var accumulatedBatches = 1

  /// How many of the batches are played: what the allocator has reserved is that of any number from four on.
  ///
  /// From the second batch on each asks for the same, but blocks may come to lie otherwise for one or two more.
  var playedBatches: Int { min(max(1, accumulatedBatches), 4) }

  /// The names of the parameters that are not trained.
  public var frozen: [NamePattern] = []

  /// Whether adapters alone are trained.
  public var trainsAdaptersOnly = false

  /// The other processes that train the same model; `nil` for none.
  public var dataParallelism: DataParallelism?

  /// Whether gradients are set to zero after a step, not dropped (`set_to_none=False`).
  public var keepsGradients = false

  public init() {}

  func freezes(_ name: String) -> Bool {
    trainsAdaptersOnly && !name.contains(LowRankAdapters.mark)
      || frozen.contains { $0.matches(name) }
  }
}
