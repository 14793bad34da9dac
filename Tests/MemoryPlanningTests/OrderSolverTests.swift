import TestSupport
import Testing

@testable import MemoryPlanning

@Suite struct OrderSolverTests {
  /// Eight tasks or fewer, so that every order can be tried.
  private func tinyProblem(seed: UInt64) -> OrderProblem {
    var random = SeededGenerator(seed: seed)
    let count = Int.random(in: 1...8, using: &random)
    let isPlain = seed.isMultiple(of: 2)
    var buffers = (0..<count + 2).map { index in
      OrderBuffer(
        .random(in: 0...9, using: &random), isGiven: index >= count,
        isKept: !isPlain && Int.random(in: 0..<6, using: &random) == 0)
    }
    if isPlain { buffers.removeLast(2) }
    let tasks = (0..<count).map { index -> OrderTask in
      let inputs = (0..<index).filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
      let given = isPlain ? [] : [count, count + 1].filter { _ in Bool.random(using: &random) }
      var makes = [index]
      // Some write a part of what an earlier one began, as a concatenation in place does.
      if !isPlain, index > 0, Int.random(in: 0..<5, using: &random) == 0 { makes.append(index - 1) }
      let isInPlace = !isPlain && Bool.random(using: &random)
      return OrderTask(
        reads: inputs + given, makes: makes, dependencies: inputs,
        overwrites: isInPlace ? inputs.suffix(1) : [],
        workspace: isPlain ? 0 : .random(in: 0...3, using: &random))
    }
    return OrderProblem(tasks: tasks, buffers: buffers)
  }

  @Test func `1,000 tiny problems agree with trying every order`() {
    for seed in UInt64(0)..<1000 {
      let problem = tinyProblem(seed: seed)
      #expect(problem.firstUnsoundTask == nil)
      let solution = OrderSolver().solve(problem)
      #expect(problem.peak(of: solution.order) == solution.peak, "seed \(seed)")
      #expect(solution.status == .optimal, "seed \(seed)")
      #expect(solution.peak == EveryOrder(problem).leastPeak, "seed \(seed)")
      #expect(solution.lowerBound == solution.peak, "seed \(seed)")
    }
  }

  @Test func `without states the interval holds the optimum`() {
    var open = 0
    for seed in UInt64(0)..<300 {
      let problem = layeredProblem(count: 24, seed: seed)
      let optimum = OrderSolver().solve(problem)
      let quick = OrderSolver(stateLimit: 0).solve(problem)
      #expect(optimum.status == .optimal)
      #expect(quick.lowerBound <= optimum.peak && optimum.peak <= quick.peak, "seed \(seed)")
      #expect(quick.status == (quick.lowerBound == quick.peak ? .optimal : .feasible))
      if quick.status == .feasible { open += 1 }
    }
    #expect(open > 0)
  }

  @Test func `a capacity that is reached stops the search, one that is not is not found`() {
    for seed in UInt64(0)..<100 {
      let problem = layeredProblem(count: 20, seed: seed)
      let optimum = OrderSolver().solve(problem).peak
      let enough = OrderSolver(capacity: optimum + 5).solve(problem)
      #expect(enough.peak <= optimum + 5 && enough.lowerBound <= optimum)
      let short = OrderSolver(capacity: optimum - 1).solve(problem)
      #expect(short.status == .notFound && short.lowerBound == optimum)
    }
  }

  @Test func `an order that is as good as any stays as it is given`() {
    let chain = OrderProblem(byteCounts: [5, 4, 3, 2], dependencies: [[], [0], [1], [2]])
    #expect(OrderSolver().solve(chain).order == [0, 1, 2, 3])
    let fork = OrderProblem(byteCounts: [1, 8, 1, 1], dependencies: [[], [0], [0], [1, 2]])
    #expect(OrderSolver().solve(fork).order == [0, 1, 2, 3])
  }

  @Test func `one branch goes to its end before the other begins`() {
    // Two branches whose first values are large: side by side they take 22, one by one 14.
    let problem = OrderProblem(
      byteCounts: [1, 10, 10, 2, 2, 1], dependencies: [[], [0], [0], [1], [2], [3, 4]])
    let solution = OrderSolver().solve(problem)
    #expect(solution.givenPeak == 22)
    #expect(solution.peak == 14)
    #expect(solution.status == .optimal)
  }

  @Test func `sources that one task alone needs run just before it, hundreds of them at no cost`() {
    var byteCounts: [Int] = []
    var dependencies: [[Int]] = []
    for index in 0..<400 {
      (byteCounts, dependencies) = (byteCounts + [index + 1], dependencies + [[]])
    }
    for index in 0..<400 {
      byteCounts.append(10)
      dependencies.append(index == 0 ? [0] : [index, 399 + index])
    }
    let problem = OrderProblem(byteCounts: byteCounts, dependencies: dependencies)
    let solution = OrderSolver().solve(problem)
    #expect(solution.status == .optimal && solution.peak == 400 + 10 + 10)
    #expect(problem.peak(of: solution.order) == solution.peak)
    #expect(solution.states == 0)
  }

  @Test func `the cells of PNASNet reach the peak that another implementation proved`() throws {
    let graph = try PlanningTruth.read(
      PlanningTruth.OrderGraph.self, TestFiles.fixture("Arena/pnasnet5large.json"))
    let solution = OrderSolver(stateLimit: 50_000).solve(graph.problem)
    #expect(solution.givenPeak == 10_862_718)
    #expect(solution.status == .optimal && solution.peak == 8_276_550)
  }

  @Test func `a task that reads what comes later is named`() {
    let problem = OrderProblem(byteCounts: [1, 1, 1], dependencies: [[], [2], [0]])
    #expect(problem.firstUnsoundTask == 1)
    #expect(problem.peak(of: [0, 1, 2]) == nil)
    #expect(OrderProblem(tasks: [], buffers: []).firstUnsoundTask == nil)
    #expect(OrderSolver().solve(OrderProblem(tasks: [], buffers: [])).peak == 0)
  }

  @Test func `windows and beams carry on where the exact search is cut short`() {
    for seed in UInt64(0)..<5 {
      let problem = layeredProblem(count: 150, seed: seed)
      let solution = OrderSolver(stateLimit: 200).solve(problem)
      #expect(problem.peak(of: solution.order) == solution.peak)
      #expect(solution.peak <= solution.givenPeak && solution.lowerBound <= solution.peak)
    }
  }

  /// Tasks that read one to three of the dozen before them.
  private func layeredProblem(count: Int, seed: UInt64) -> OrderProblem {
    var random = SeededGenerator(seed: seed)
    let sizes = (0..<count).map { _ in Int.random(in: 1...20, using: &random) }
    let dependencies = (0..<count).map { index in
      Set(
        (0..<Int.random(in: 1...3, using: &random)).map { _ in
          max(0, index - 12)..<index
        }.compactMap { $0.randomElement(using: &random) }
      ).sorted()
    }
    return OrderProblem(byteCounts: sizes, dependencies: dependencies)
  }
}

/// The least peak over all orders, by the set of tasks that have run.
private struct EveryOrder {
  let problem: OrderProblem

  init(_ problem: OrderProblem) { self.problem = problem }

  var leastPeak: Int {
    let count = problem.tasks.count
    var least = [Int](repeating: .max, count: 1 << count)
    least[0] = live(0)
    for done in 0..<1 << count where least[done] < .max {
      for task in 0..<count where done & 1 << task == 0 {
        let next = done | 1 << task
        guard problem.tasks[task].dependencies.allSatisfy({ done & 1 << $0 != 0 }) else { continue }
        least[next] = min(least[next], max(least[done], peak(of: task, after: done)))
      }
    }
    return least[(1 << count) - 1]
  }

  private func touchers(of buffer: Int) -> [Int] {
    problem.tasks.indices.filter {
      problem.tasks[$0].reads.contains(buffer) || problem.tasks[$0].makes.contains(buffer)
    }
  }

  private func isLive(_ buffer: Int, _ done: Int) -> Bool {
    let item = problem.buffers[buffer]
    let isMade =
      item.isGiven
      || problem.tasks.indices.contains {
        done & 1 << $0 != 0 && problem.tasks[$0].makes.contains(buffer)
      }
    return isMade && (item.isKept || touchers(of: buffer).contains { done & 1 << $0 == 0 })
  }

  private func live(_ done: Int) -> Int {
    problem.buffers.indices.filter { isLive($0, done) }
      .map { problem.buffers[$0].byteCount }.reduce(0, +)
  }

  private func peak(of index: Int, after done: Int) -> Int {
    let task = problem.tasks[index]
    let made = Set(task.makes).filter { !isLive($0, done) }
    var bytes = live(done) + task.workspace
    bytes += made.map { problem.buffers[$0].byteCount }.reduce(0, +)
    guard let first = task.makes.first, made.contains(first) else { return bytes }
    let dying = task.overwrites.first { buffer in
      isLive(buffer, done) && !problem.buffers[buffer].isKept
        && touchers(of: buffer).allSatisfy { $0 == index || done & 1 << $0 != 0 }
    }
    guard let dying else { return bytes }
    return bytes - min(problem.buffers[first].byteCount, problem.buffers[dying].byteCount)
  }
}
