/// Looks for the cheapest choice of what stays live that keeps to a budget, by simulated annealing.
///
/// The neighbourhood is MOCCASIN's (Bartan et al., 2023): one value stays, goes, or goes again and again.
struct RetentionSearch {
  private let problem: RecomputationProblem
  private let budget: Int
  private let idealCost: Double
  private var run: RetentionRun
  private var random: SplitMix

  init(_ problem: RecomputationProblem, budget: Int, seed: UInt64 = 1) {
    self.problem = problem
    self.budget = budget
    idealCost = max(problem.idealCost, .leastNormalMagnitude)
    run = RetentionRun(problem)
    random = SplitMix(state: seed)
  }

  /// The cheapest schedule that was met within the budget, after some trials.
  mutating func schedule(trials: Int, until deadline: Deadline) -> [Int]? {
    var choices = [RetentionChoice](repeating: .kept, count: problem.forwardCount)
    guard !choices.isEmpty else { return nil }
    var energy = energy(of: choices)
    var best: (cost: Double, choices: [RetentionChoice])?
    for trial in 0..<trials {
      if trial & 255 == 0, deadline.hasPassed { break }
      let temperature =
        0.05 * (1 - Double(trial) / Double(trials)) * (1 - Double(trial) / Double(trials))
      let previous = choices
      change(&choices)
      let next = self.energy(of: choices)
      if run.excess == 0, run.extraCost < best?.cost ?? .infinity {
        best = (run.extraCost, choices)
      }
      if next <= energy || chance() < exp2((energy - next) / max(temperature, 1e-9)) {
        energy = next
      } else {
        choices = previous
      }
    }
    return best.map { run.schedule($0.choices) }
  }

  /// The extra cost as a share of a step, and the bytes beyond the budget as shares of it.
  private mutating func energy(of choices: [RetentionChoice]) -> Double {
    run.measure(choices, budget: budget)
    return run.extraCost / idealCost + run.excess / Double(max(1, budget))
  }

  /// Changes one choice, sometimes two.
  private mutating func change(_ choices: inout [RetentionChoice]) {
    for _ in 0..<(random.next() & 3 == 0 ? 2 : 1) {
      let index = Int.random(in: choices.indices, using: &random)
      let step = UInt8.random(in: 1...2, using: &random)
      choices[index] = RetentionChoice(rawValue: (choices[index].rawValue + step) % 3) ?? .kept
    }
  }

  private mutating func chance() -> Double { Double.random(in: 0..<1, using: &random) }
}

/// 2 to a power of at most zero, near enough for a lottery.
private func exp2(_ exponent: Double) -> Double {
  guard exponent > -60 else { return 0 }
  let whole = exponent.rounded(.down)
  return (1 + (exponent - whole)) * Double(sign: .plus, exponent: Int(whole), significand: 1)
}
