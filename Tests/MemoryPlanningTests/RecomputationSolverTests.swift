import TestSupport
import Testing

@testable import MemoryPlanning

@Suite struct RecomputationSolverTests {
  /// A chain of forward tasks with skips, its loss and its mirrored backward pass.
  static func mirrored(
    bytes: [Int], costs: [Double], dependencies: [[Int]]
  ) -> RecomputationProblem {
    let count = bytes.count
    var tasks = bytes.indices.map {
      RecomputationTask(byteCount: bytes[$0], cost: costs[$0], dependencies: dependencies[$0])
    }
    tasks.append(RecomputationTask("loss", byteCount: 1, cost: 0, dependencies: [count - 1]))
    for index in bytes.indices.reversed() {
      let readers = bytes.indices.filter { dependencies[$0].contains(index) }
      let read =
        readers.isEmpty ? [index, count] : [index] + readers + readers.map { 2 * count - $0 }
      tasks.append(
        RecomputationTask(
          byteCount: bytes[index], cost: 2 * costs[index], dependencies: read))
    }
    return RecomputationProblem(tasks: tasks, forwardCount: count)
  }

  private func randomProblem(seed: UInt64, count: Int) -> RecomputationProblem {
    var random = SeededGenerator(seed: seed)
    return Self.mirrored(
      bytes: (0..<count).map { _ in .random(in: 1...9, using: &random) },
      costs: (0..<count).map { _ in Double(Int.random(in: 0...9, using: &random)) },
      dependencies: (0..<count).map { index in
        guard index > 0 else { return [] }
        let skips = (0..<index - 1).filter { _ in Int.random(in: 0..<8, using: &random) == 0 }
        return skips + [index - 1]
      })
  }

  @Test func `every plan replays, keeps to its budget and never beats the bounds`() {
    for seed in UInt64(0)..<60 {
      let problem = randomProblem(seed: seed, count: 12)
      #expect(problem.firstUnsoundTask == nil)
      let plans = RecomputationSolver(trials: 300, levels: 80).frontier(problem, searchedBudgets: 2)
      for plan in plans {
        #expect(problem.replay(plan.schedule)?.peak == plan.peak)
        #expect(plan.peak >= problem.workingSet)
        #expect(plan.overhead >= plan.overheadBound)
      }
      #expect(plans.first?.overhead == 0)
      #expect(
        zip(plans, plans.dropFirst()).allSatisfy { $0.peak > $1.peak && $0.overhead < $1.overhead })
    }
  }

  @Test func `small problems reach what trying every schedule that remakes once finds`() {
    for seed in UInt64(0)..<40 {
      let problem = randomProblem(seed: seed, count: 6)
      let all = problem.replay(Array(problem.tasks.indices))?.peak ?? 0
      let budget = (all + problem.workingSet) / 2
      let plan = RecomputationSolver(trials: 3000, levels: 200).plan(problem, within: budget)
      let known = EveryRetention(problem).leastExtraCost(within: budget)
      let found = plan.map { $0.overhead * problem.idealCost } ?? .infinity
      #expect(found <= known + 1e-6, "seed \(seed)")
    }
  }

  @Test func `what changes of choices cost is what the replay of their schedule says`() throws {
    for seed in UInt64(0)..<12 {
      let problem = randomProblem(seed: seed, count: 70)
      let all = try #require(problem.replay(Array(problem.tasks.indices)))
      let budget = (all.peak + problem.workingSet) / 2
      var run = RetentionRun(problem, budget: budget)
      var random = SeededGenerator(seed: seed)
      for _ in 0..<150 {
        let changes = (0..<Int.random(in: 1...3, using: &random)).map { _ in
          RetentionTrial.Change(
            value: .random(in: 0..<70, using: &random),
            choice: RetentionChoice.allCases.randomElement(using: &random) ?? .kept)
        }
        let before = run.choices
        let reading = run.tryOut(changes, limit: .infinity)
        guard let reading, Bool.random(using: &random) else {
          run.reject()
          #expect(run.choices == before)
          continue
        }
        run.adopt()
        let replay = try #require(problem.replay(run.schedule(run.choices)))
        #expect(abs(reading.extraCost - (replay.cost - all.cost)) < 1e-6)
        #expect((reading.excess > 0) == (replay.peak > budget))
        #expect(reading.excess == run.reading.excess)
        #expect(reading.extraCost == run.reading.extraCost)
      }
    }
  }

  @Test func `a schedule that reads what is gone is no schedule`() {
    let problem = Self.mirrored(bytes: [2, 3], costs: [1, 1], dependencies: [[], [0]])
    #expect(problem.replay([0, 1, 2, 3, 4]) == RecomputationCost(peak: 10, cost: 6))
    #expect(problem.replay([0, 1, 2, 4, 3]) == nil)
    #expect(problem.replay([1, 0, 2, 3, 4]) == nil)
    #expect(problem.replay([0, 1, 2, 3]) == nil)
    #expect(problem.replay([0, 1, 2, 0, 3, 4]) != nil)
  }

  @Test func `a budget below the working set has no plan`() {
    let problem = randomProblem(seed: 3, count: 10)
    let solver = RecomputationSolver(trials: 100, levels: 100)
    #expect(solver.plan(problem, within: problem.workingSet - 1) == nil)
    #expect(solver.plan(problem, within: 1 << 40)?.overhead == 0)
    #expect(solver.plan(problem, within: 1 << 40)?.isOptimal == true)
  }
}

/// All choices of which values are dropped after the forward pass and made again once, when needed.
private struct EveryRetention {
  let problem: RecomputationProblem

  init(_ problem: RecomputationProblem) { self.problem = problem }

  func leastExtraCost(within budget: Int) -> Double {
    var best = Double.infinity
    for mask in 0..<1 << problem.forwardCount {
      let schedule = schedule(dropping: mask)
      guard let replay = problem.replay(schedule), replay.peak <= budget else { continue }
      best = min(best, replay.cost - problem.idealCost)
    }
    return best
  }

  /// The plain order with each dropped value once more before the first backward task that needs it.
  private func schedule(dropping mask: Int) -> [Int] {
    var schedule = Array(0..<problem.forwardCount)
    var again = (0..<problem.forwardCount).filter { mask & 1 << $0 != 0 }
    for task in problem.forwardCount..<problem.tasks.count {
      var needed = Set(problem.tasks[task].dependencies)
      for value in again.reversed() where needed.contains(value) {
        needed.formUnion(problem.tasks[value].dependencies)
      }
      schedule += again.filter(needed.contains)
      again.removeAll(where: needed.contains)
      schedule.append(task)
    }
    return schedule
  }
}
