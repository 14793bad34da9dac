import MemoryPlanning
public import ModelGraph

extension RegionPlan {
  /// Plans of which none beats another in peak and extra time, nothing computed again first.
  ///
  /// Every plan is replayed by the training executor; its peak is that of a steady step. Plans are made for
  /// budgets between the least that can be planned for and the most, or near the one that is asked for.
  /// Without a form, graphs that read tokens are cut at modules, because `torch.fx` cannot trace such models,
  /// others anywhere.
  ///
  /// - Throws: ``TrainingError/noLoss`` if there is nothing to train.
  public static func frontier(
    of graph: Graph, tensors: [Tensor], _ settings: TrainingSettings, _ roofline: Roofline,
    price: RecomputationPrice = .time, form: RegionForm? = nil, within wanted: Int? = nil
  ) throws(TrainingError) -> [RegionPlan] {
    let plain = EagerTraining(settings).trace(of: graph, tensors: tensors)
    guard plain.hasLoss else { throw .noLoss }
    let search = RegionSearch(
      graph: graph.inTraining(), tensors, settings, roofline, price,
      form: form ?? (graph.readsTokens ? .modules : .calls))
    let nothing = RegionPlan(
      regions: [], peakBytes: plain.steadyPeak, overhead: 0, extraWork: 0)
    let plans =
      wanted.map { search.plans(below: plain.steadyPeak, within: $0) }
      ?? search.plans(below: plain.steadyPeak, price)
    return ([nothing] + plans).paretoFront(
      memory: \.peakBytes, price: { price.price(time: $0.overhead, work: $0.extraWork) })
  }
}

/// The search for plans of one form.
private struct RegionSearch {
  let training: SteadyTraining
  let profile: StepProfile
  let planner: RegionPlanner
  let earlier: [EarlierCall]
  let bounded: [String]

  /// How many budgets are planned for, and how many of them at even distances.
  private static let budgetCount = 72
  private static let evenBudgets = 24

  /// How often the budgets around one that is asked for are halved.
  private static let halvings = 12

  init(
    graph original: Graph, _ tensors: [Tensor], _ settings: TrainingSettings,
    _ roofline: Roofline, _ price: RecomputationPrice, form: RegionForm
  ) {
    let traced = form == .calls ? TracedGraph(original) : nil
    let graph = traced?.graph ?? original
    training = SteadyTraining(settings, graph: graph, tensors: tensors)
    let facts = GraphFacts(graph.casting(to: settings.precision.parameterType))
    let profile = StepProfile(training.trace(), facts, roofline, price)
    let products = Set(facts.graph.nodes.indices.filter { !profile.runs[$0].products.isEmpty })
    let regions =
      traced.map { PlannedRegion.calls(in: $0, facts, products: products) }
      ?? PlannedRegion.modules(in: facts)
    let finder = RegionCandidates(facts, profile)
    self.profile = profile
    planner = RegionPlanner(profile, regions.flatMap(finder.all))
    earlier = traced?.earlier ?? []
    bounded = traced?.bounded ?? []
  }

  /// Plans for budgets below a peak.
  ///
  /// Where two neighbours differ the most in peak and price, a budget between them is tried.
  func plans(below peak: Int, _ price: RecomputationPrice) -> [RegionPlan] {
    let least = leastBudget(below: peak)
    let evenly = (1...Self.evenBudgets).map { peak - (peak - least) * $0 / Self.evenBudgets }
    var trials: [Trial] = []
    for budget in evenly { attempt(budget, &trials) }
    while trials.count < Self.budgetCount {
      trials.sort { $0.budget > $1.budget }
      let gaps = zip(trials, trials.dropFirst()).map { $0.gap(to: $1, price) }
      guard let widest = gaps.indices.max(by: { gaps[$0] < gaps[$1] }), gaps[widest] > 0 else {
        break
      }
      let (upper, lower) = (trials[widest].budget, trials[widest + 1].budget)
      attempt(lower + (upper - lower) / 2, &trials)
    }
    return trials.map(\.plan).filter { !$0.regions.isEmpty }
  }

  /// Plans near a budget that is asked for: what is planned for and what the executor finds may differ.
  func plans(below peak: Int, within wanted: Int) -> [RegionPlan] {
    var (low, high) = (leastBudget(below: peak), peak)
    var trials: [Trial] = []
    attempt(low, &trials)
    attempt(wanted, &trials)
    for _ in 0..<Self.halvings {
      let budget = low + (high - low) / 2
      attempt(budget, &trials)
      let isKept = (trials.last?.plan.peakBytes ?? .max) <= wanted
      if isKept { low = budget } else { high = budget }
    }
    return trials.map(\.plan).filter { !$0.regions.isEmpty }
  }

  private func attempt(_ budget: Int, _ trials: inout [Trial]) {
    let regions = planner.regions(within: budget) ?? []
    let known = trials.first { $0.plan.regions == regions }
    trials.append(Trial(budget: budget, plan: known?.plan ?? plan(regions)))
  }

  /// A budget and what was found for it.
  private struct Trial {
    var budget: Int
    var plan: RegionPlan

    /// How much better than one of two a plan between them could be: peak by price.
    func gap(to other: Trial, _ price: RecomputationPrice) -> Double {
      guard budget - other.budget > budget / 4096 else { return 0 }
      let own = price.price(time: plan.overhead, work: plan.extraWork)
      let others = price.price(time: other.plan.overhead, work: other.plan.extraWork)
      return Double(abs(plan.peakBytes - other.plan.peakBytes)) * abs(own - others)
    }
  }

  /// The least budget that regions are found for, to a thousandth of the peak.
  private func leastBudget(below peak: Int) -> Int {
    var (low, high) = (profile.live[0], peak)
    while high - low > peak / 1000 + 1 {
      let middle = low + (high - low) / 2
      if planner.regions(within: middle) == nil { low = middle } else { high = middle }
    }
    return high
  }

  private func plan(_ regions: [PlannedRegion]) -> RegionPlan {
    let overhead = profile.overhead(of: regions)
    return RegionPlan(
      regions: regions, earlier: earlier, bounded: bounded,
      peakBytes: trace(regions).steadyPeak, overhead: overhead.time, extraWork: overhead.work)
  }

  /// The training executor, asked again for other regions.
  private func trace(_ regions: [PlannedRegion]) -> TrainingTrace {
    training.trace(
      Recomputation(
        regions.map {
          Recomputation.Region(nodes: $0.nodes, name: $0.name, kept: Set($0.kept.map(\.node)))
        }))
  }
}

extension TrainingTrace {
  /// The most bytes that tensors ask for during the second step.
  var steadyPeak: Int { LiveBytes.timeline(self).map(\.liveBytes.value).max() ?? 0 }
}

extension Graph {
  /// Whether it takes numbers of tokens, as language models do.
  var readsTokens: Bool {
    inputs.contains { self[$0].type.tensorType?.dataType.isInteger ?? false }
  }
}
