import MemoryPlanning
public import ModelGraph

extension RegionPlan {
  /// Plans of which none beats another in peak and extra time, nothing computed again first.
  ///
  /// Every plan is replayed by the training executor; its peak is that of a steady step. Budgets between
  /// the least and the most are planned for, and the one that is asked for.
  ///
  /// - Throws: ``TrainingError/noLoss`` if there is nothing to train.
  public static func frontier(
    of graph: Graph, tensors: [Tensor], _ settings: TrainingSettings, _ roofline: Roofline,
    price: RecomputationPrice = .time, within wanted: Int? = nil
  ) throws(TrainingError) -> [RegionPlan] {
    let replay = RegionReplay(graph: graph, tensors: tensors, settings: settings)
    let plain = replay.trace([])
    guard plain.hasLoss else { throw .noLoss }
    let facts = GraphFacts(graph.casting(to: settings.precision.parameterType))
    let profile = StepProfile(plain, facts, roofline, price)
    let planner = RegionPlanner(facts, profile, PlannedRegion.all(in: facts))
    let peak = plain.steadyPeak
    var plans = [RegionPlan(regions: [], peakBytes: peak, overhead: 0, extraWork: 0)]
    var seen: Set<[PlannedRegion]> = [[]]
    let least = profile.live[0]
    let steps = (1...budgetCount).map { peak - (peak - least) / (budgetCount + 1) * $0 }
    for budget in steps + [wanted].compactMap(\.self) {
      guard let regions = planner.regions(within: budget), seen.insert(regions).inserted else {
        continue
      }
      let overhead = profile.overhead(of: regions)
      plans.append(
        RegionPlan(
          regions: regions, peakBytes: replay.trace(regions).steadyPeak,
          overhead: overhead.time, extraWork: overhead.work))
    }
    return plans.paretoFront(
      memory: \.peakBytes, price: { price.price(time: $0.overhead, work: $0.extraWork) })
  }

  /// How many budgets are planned for.
  private static let budgetCount = 64
}

/// The training executor, asked again for other regions.
private struct RegionReplay {
  let graph: Graph
  let tensors: [Tensor]
  let settings: TrainingSettings

  func trace(_ regions: [PlannedRegion]) -> TrainingTrace {
    var settings = settings
    settings.strategy.recomputation = Recomputation(
      regions.map {
        Recomputation.Region(nodes: $0.nodes, name: $0.name, kept: Set($0.kept.map(\.node)))
      })
    return EagerTraining(settings).trace(of: graph, tensors: tensors)
  }
}

extension TrainingTrace {
  /// The most bytes that tensors ask for during the second step.
  var steadyPeak: Int { LiveBytes.timeline(self).map(\.liveBytes.value).max() ?? 0 }
}
