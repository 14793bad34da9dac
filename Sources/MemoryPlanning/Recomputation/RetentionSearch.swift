/// Looks for the cheapest choice of what stays live that keeps to a budget, by simulated annealing.
///
/// The neighbourhood is MOCCASIN's (Bartan et al., 2023): one value stays, goes, or goes again and again.
struct RetentionSearch {
  private var run: RetentionRun
  private let movable: [Int]
  private var random: SplitMix

  /// The words of bits that a run may hold for each of its two sets of values a stage; more than that has no hope
  /// of a good answer in the trials that there is time for.
  private static let maximumWordCount = 4_000_000

  init?(_ problem: RecomputationProblem, budget: Int, seed: UInt64 = 1) {
    let stages = problem.tasks.count - problem.forwardCount
    let size = problem.forwardCount.multipliedReportingOverflow(by: stages)
    guard !size.overflow, size.partialValue / 64 <= Self.maximumWordCount else { return nil }
    run = RetentionRun(problem, budget: budget)
    movable = run.movable
    random = SplitMix(state: seed)
  }

  /// The cheapest schedule that was met within the budget, after some trials.
  mutating func schedule(trials: Int, until deadline: Deadline) -> [Int]? {
    var reading = run.reading
    var best = reading.excess == 0 ? (cost: reading.extraCost, choices: run.choices) : nil
    guard !movable.isEmpty else { return best.map { run.schedule($0.choices) } }
    for trial in 0..<trials {
      if trial & 1023 == 0, deadline.hasPassed { break }
      let temperature = temperature(after: Double(trial) / Double(trials))
      let limit = run.energy(reading) + temperature * patience()
      guard let next = run.tryOut(changes(), limit: limit) else {
        run.reject()
        continue
      }
      run.adopt()
      reading = next
      if reading.excess == 0, reading.extraCost < best?.cost ?? .infinity {
        best = (reading.extraCost, run.choices)
      }
    }
    return best.map { run.schedule($0.choices) }
  }

  /// A twentieth of a step at first, then half as much sixteen times over.
  private func temperature(after share: Double) -> Double {
    let halvings = share * 16
    let whole = halvings.rounded(.down)
    return Double(
      sign: .plus, exponent: -Int(whole), significand: 0.05 * (1 - (halvings - whole) / 2))
  }

  /// Another choice for one value, sometimes for two.
  private mutating func changes() -> [RetentionTrial.Change] {
    (0..<(random.next() & 3 == 0 ? 2 : 1)).map { _ in
      let value = movable[Int.random(in: movable.indices, using: &random)]
      let step = UInt8.random(in: 1...2, using: &random)
      let choice = RetentionChoice(rawValue: (run.choices[value].rawValue + step) % 3) ?? .kept
      return RetentionTrial.Change(value: value, choice: choice)
    }
  }

  /// How much worse a change may be, in units of the temperature: the negative binary logarithm of a chance.
  private mutating func patience() -> Double {
    let chance = Double.random(in: 0x1p-60..<1, using: &random)
    return -Double(chance.exponent) - (chance.significand - 1)
  }
}
