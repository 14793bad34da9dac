/// Tries several planners and keeps the smallest arena.
public struct BestOf: Planner {
  private let planners: [any OrderedPlanner]

  /// The most pairs of buffers living together that are compared.
  ///
  /// Eight bytes each; a graph of 10⁶ nodes in a row has a few million.
  static let maximumPairCount = 8_000_000

  /// The pairs beyond which only the first two planners are tried.
  static let manyPairs = 1_000_000

  public var name: String { "best of \(planners.count)" }

  /// Whether the winner is improved by swaps where it misses the bound.
  private let climbs: Bool

  init(_ planners: [any OrderedPlanner], climbs: Bool = false) {
    self.planners = planners
    self.climbs = climbs
  }

  /// Greedy by size and by breadth, then other orders and swaps until the bound is reached.
  public static let standard = BestOf(
    [
      GreedyBySize(), GreedyByBreadth(), GreedyBySize(gap: .first), GreedyByBreadth(gap: .first),
      GreedyByArea(), GreedyByArea(gap: .best), GreedyByConflicts(), InTimeOrder(gap: .best),
      InTimeOrder(),
    ], climbs: true)

  /// The two planners of Pisarchyk and Lee.
  public static let sizeAndBreadth = BestOf([GreedyBySize(), GreedyByBreadth()])

  /// Places the buffers; the placement carries the name of the planner that won.
  public func place(_ buffers: [Buffer]) -> Placement {
    guard let overlaps = Overlaps(buffers, limit: Self.maximumPairCount) else {
      return SegregatedFit().place(buffers)
    }
    let bound = peakByteCount(of: buffers)
    var best: (placement: Placement, planner: any OrderedPlanner)?
    for planner in overlaps.count > Self.manyPairs ? planners.prefix(2) : planners[...] {
      let placement = planner.place(buffers, overlaps)
      if placement.arenaByteCount < best?.placement.arenaByteCount ?? .max {
        best = (placement, planner)
      }
      if placement.arenaByteCount == bound { return placement }
    }
    guard let best else { return NoReuse().place(buffers) }
    guard climbs else { return best.placement }
    return HillClimb().improve(best.placement, by: best.planner, of: buffers, overlaps, to: bound)
  }
}
