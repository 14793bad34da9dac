import ByteFormats
import MemoryAnalysis
import ModelGraph
import Reports

/// What some way to train or to run takes.
struct FitOutcome: Hashable {
  /// What is needed of each memory of the device: that in which it runs, then perhaps flash.
  var amounts: [Amount]

  /// What tensors alone need where an allocator keeps more; `nil` where it keeps nothing.
  var least: ByteCount?
  var fits: Bool

  /// The estimated time of a step; `nil` if not known.
  var seconds: Double?

  /// The multiply-accumulates that are computed again in a step.
  var recomputed = 0

  struct Amount: Hashable {
    var needed: ByteCount
    var available: ByteCount

    var lacks: Bool { needed > available }
  }

  /// The memory to tell of: the first that is short, else the first.
  var told: Int { amounts.firstIndex(where: \.lacks) ?? 0 }
  var needed: ByteCount { amounts[told].needed }
  var available: ByteCount { amounts[told].available }

  /// Whether it takes less of some memory than another way.
  func saves(comparedTo other: FitOutcome) -> Bool {
    zip(amounts, other.amounts).contains { $0.needed < $1.needed }
  }
}

/// Looks for changes that make a model fit, by asking the executor for each.
///
/// First each remedy alone. Then combinations, the cheapest first by what their parts cost alone, unless their parts
/// promise far too little; the first that fits is the cheapest of those looked at.
struct FitSearch: Sendable {
  let model: Model
  let request: MemFit.Request
  let goal: FitAnswer.Goal
  let evaluate: @Sendable (MemFit.Request) -> FitOutcome?

  private(set) var tried = 1
  private(set) var changes: [FitChange] = []
  private(set) var combinations: [FitChange] = []
  private let base: FitOutcome

  /// A remedy with what it does alone.
  fileprivate struct Trial {
    var remedy: Remedy
    var change: FitChange
    var outcome: FitOutcome
  }

  /// What can be combined, by what it sets.
  private var trials: [FitAxis: [Trial]] = [:]

  init(
    _ model: Model, _ request: MemFit.Request, _ goal: FitAnswer.Goal, base: FitOutcome,
    evaluate: @escaping @Sendable (MemFit.Request) -> FitOutcome?
  ) {
    self.model = model
    self.request = request
    self.goal = goal
    self.base = base
    self.evaluate = evaluate
  }

  /// What is asked for, as it is.
  var current: FitChange { change([], request, base) }

  /// The same search with each remedy tried alone.
  func trying(_ ladders: [RemedyLadder]) -> FitSearch {
    var search = self
    search.tryEach(of: ladders)
    return search
  }

  /// Tries each remedy alone; of a ladder whose steps take less and less, up to the first that fits.
  mutating func tryEach(of ladders: [RemedyLadder]) {
    for ladder in ladders {
      var tried: [Trial] = []
      for remedy in ladder.steps {
        guard let trial = attempt([remedy]), trial.change.fits || !ladder.isOnlyListedFitting else {
          continue
        }
        changes.append(trial.change)
        tried.append(Trial(remedy: remedy, change: trial.change, outcome: trial.outcome))
        if trial.change.fits, ladder.isMonotone { break }
      }
      guard ladder.isCombinable, let setting = tried.first?.remedy.axis.setting else { continue }
      trials[setting, default: []] += tried.filter { $0.outcome.saves(comparedTo: base) }
    }
    changes.sort { $0.isSmaller(than: $1) }
  }

  /// Tries combinations, the cheapest first, until one fits that costs no more than any single change.
  mutating func tryCombinations() {
    let best = changes.first(where: \.fits)
    let queue = promisingCombinations().sorted { $0.estimate.isSmaller(than: $1.estimate) }
    var rest = queue.prefix(request.fit.combinationLimit)
    while let first = rest.popFirst() {
      if let best, !first.estimate.isSmaller(than: best) { return }
      let pair = [first] + [rest.popFirst()].compactMap(\.self)
      for (combination, outcome) in zip(pair, outcomes(of: pair)) {
        if let best, !combination.estimate.isSmaller(than: best) { return }
        tried += 1
        guard let outcome else { continue }
        let remedies = combination.remedies
        let change = change(remedies, request.with(remedies), outcome)
        combinations.append(change)
        if change.fits { return }
      }
    }
  }

  /// What one or two combinations take, at the same time.
  private func outcomes(of pair: [Combination]) -> [FitOutcome?] {
    guard pair.count == 2 else { return pair.map { evaluate(request.with($0.remedies)) } }
    let outcomes = concurrently(
      { evaluate(request.with(pair[0].remedies)) }, { evaluate(request.with(pair[1].remedies)) })
    return [outcomes.0, outcomes.1]
  }

  private mutating func attempt(
    _ remedies: [Remedy]
  ) -> (change: FitChange, outcome: FitOutcome)? {
    let changed = request.with(remedies)
    tried += 1
    return evaluate(changed).map { (change(remedies, changed, $0), $0) }
  }

  /// What one remedy does; `nil` if the model cannot take it.
  func change(_ remedy: Remedy) -> FitChange? {
    let changed = request.with([remedy])
    return evaluate(changed).map { change([remedy], changed, $0) }
  }

  private func change(
    _ remedies: [Remedy], _ changed: MemFit.Request, _ outcome: FitOutcome
  ) -> FitChange {
    let samples = remedies.map(\.samples).reduce(1, *)
    let time = outcome.seconds.flatMap { new in base.seconds.map { new / $0 / samples } }
    return FitChange(
      axes: remedies.map(\.axis), command: changed.commandLine(goal, of: model),
      flags: changed.flags(goal, insteadOf: request),
      title: remedies.map(\.title).joined(separator: ", "), needed: outcome.needed,
      available: outcome.available,
      gain: base.amounts[outcome.told].needed - outcome.needed, fits: outcome.fits,
      time: time, extraMultiplyAccumulates: outcome.recomputed - base.recomputed,
      concerns: remedies.compactMap(\.concern))
  }
}

// MARK: Combinations

extension FitSearch {
  fileprivate struct Combination {
    var remedies: [Remedy] = []

    /// What the parts promise: gains of memory and costs of time multiply.
    var estimate: FitChange
    var ratios: [Double]
  }

  /// How far above what is there an estimate may be to be tried all the same.
  private static let slack = 1.15

  /// More than these are not listed.
  private static let listLimit = 20_000

  private func promisingCombinations() -> [Combination] {
    var found = [Combination(estimate: current, ratios: base.amounts.map { _ in 1 })]
    for case let trials? in FitAxis.allCases.map({ trials[$0] }) {
      let extended = found.flatMap { combination in
        trials.map { combination.adding($0, base) }
      }
      found += extended.prefix(max(0, Self.listLimit - found.count))
    }
    return found.filter { combination in
      combination.remedies.count >= 2
        && zip(combination.ratios, base.amounts).allSatisfy { ratio, amount in
          ratio * Double(amount.needed.value) <= Self.slack * Double(amount.available.value)
        }
    }
  }
}

extension FitSearch.Combination {
  fileprivate func adding(
    _ trial: FitSearch.Trial, _ base: FitOutcome
  ) -> FitSearch.Combination {
    var sum = self
    sum.remedies.append(trial.remedy)
    for (index, amount) in base.amounts.enumerated() {
      let needed = trial.outcome.amounts[index].needed
      sum.ratios[index] *= Double(needed.value) / Double(max(1, amount.needed.value))
    }
    sum.estimate.axes.append(trial.remedy.axis)
    sum.estimate.concerns += [trial.remedy.concern].compactMap(\.self)
    sum.estimate.time = sum.estimate.time.flatMap { time in trial.change.time.map { time * $0 } }
    return sum
  }
}

extension FitChange {
  /// Whether a change is the smaller one: less to validate, no other device, less time, fewer parts.
  func isSmaller(than other: FitChange) -> Bool {
    cost < other.cost
  }

  private var cost: (Int, Int, Double, Int, Int) {
    let order = axes.map { FitAxis.allCases.firstIndex(of: $0) ?? 0 }.reduce(0, +)
    // The roofline tells no finer.
    let hundredths = ((time ?? 1) * 100).rounded()
    return (axes.contains(.device) ? 1 : 0, concerns.count, hundredths, axes.count, order)
  }
}

extension FitSearch {
  /// The smallest change that fits alone.
  var smallest: FitChange? { changes.first(where: \.fits) }

  /// The cheapest change or combination that fits.
  var best: FitChange? {
    (changes + combinations).filter(\.fits).min { $0.isSmaller(than: $1) }
  }

  /// What nothing else beats in memory, time and what is to be validated, the leanest first.
  var front: [FitChange] {
    let all = ([current] + changes + combinations).filter { !$0.axes.contains(.device) }
    let front = all.filter { change in !all.contains { $0.beats(change) } }
    return front.sorted { ($0.needed, $0.time ?? 1) < ($1.needed, $1.time ?? 1) }
  }
}

extension FitChange {
  fileprivate func beats(_ other: FitChange) -> Bool {
    let (own, its) = (time ?? 1, other.time ?? 1)
    guard needed <= other.needed, own <= its, concerns.count <= other.concerns.count else {
      return false
    }
    return needed < other.needed || own < its || concerns.count < other.concerns.count
  }
}
