import Testing

@testable import MemoryPlanning

@Suite struct ArenaSolverTests {
  /// Seven buffers or fewer, so that all ways to stack them can be tried.
  private func tinyProblem(seed: UInt64) -> ArenaProblem {
    var random = SplitMix64(seed: seed)
    let count = Int.random(in: 1...7, using: &random)
    let hasAlignments = seed % 3 == 1
    let hasFixed = seed % 5 == 2
    var items = (0..<count).map { _ in
      let start = Int.random(in: 0..<6, using: &random)
      let length = Int.random(in: 1...4, using: &random)
      return ArenaItem(
        Buffer(.random(in: 1...9, using: &random), live: start..<start + length),
        alignment: hasAlignments ? [1, 2, 4].randomElement(using: &random) ?? 1 : 1)
    }
    if hasFixed {
      items[0].fixedOffset = .random(in: 0...2, using: &random) * items[0].alignment
    }
    return ArenaProblem(items)
  }

  @Test func `1,000 tiny problems agree with trying everything`() {
    for seed in UInt64(0)..<1000 {
      let problem = tinyProblem(seed: seed)
      let solution = ArenaSolver(stepLimit: 100_000).solve(problem)
      #expect(problem.violations(of: solution.placement).isEmpty, "seed \(seed)")
      #expect(solution.status == .optimal, "seed \(seed)")
      let smallest = Exhaustive(problem.items).smallestArena
      #expect(solution.arenaByteCount == smallest, "seed \(seed)")
    }
  }

  @Test func `1,000 tiny problems are proven not to fit a byte below the optimum`() {
    for seed in UInt64(0)..<1000 {
      let problem = tinyProblem(seed: seed)
      let optimum = ArenaSolver().solve(problem).arenaByteCount
      let smaller = ArenaSolver(capacity: optimum - 1).solve(problem)
      #expect(smaller.status == .notFound)
      #expect(smaller.lowerBound > optimum - 1)
    }
  }

  @Test func `without steps nothing is claimed`() {
    var undecided = 0
    for seed in UInt64(0)..<200 {
      let problem = ArenaProblem(randomBuffers(count: 30, seed: seed))
      let solution = ArenaSolver(stepLimit: 0).solve(problem)
      #expect(problem.violations(of: solution.placement).isEmpty)
      let isProven = solution.arenaByteCount == problem.lowerBound
      #expect(solution.status == (isProven ? .optimal : .feasible))
      if !isProven { undecided += 1 }
    }
    #expect(undecided > 0)
  }

  @Test func `the same steps give the same answer`() {
    for seed in UInt64(0)..<20 {
      let problem = ArenaProblem(randomBuffers(count: 60, seed: seed))
      let solver = ArenaSolver(stepLimit: 20_000)
      #expect(solver.solve(problem) == solver.solve(problem))
    }
  }

  @Test func `aliases share an offset and the hull of their lifetimes`() {
    let problem = ArenaProblem([
      ArenaItem(Buffer(4, live: 0..<2)), ArenaItem(Buffer(6, live: 2..<4), alias: 0),
      ArenaItem(Buffer(5, live: 1..<3)),
    ])
    let solution = ArenaSolver().solve(problem)
    #expect(solution.arenaByteCount == 11)
    #expect(solution.status == .optimal)
    #expect(problem.violations(of: solution.placement).isEmpty)
  }

  @Test func `fixed offsets that collide are not found`() {
    let problem = ArenaProblem([
      ArenaItem(Buffer(8, live: 0..<2), fixedOffset: 0),
      ArenaItem(Buffer(8, live: 1..<3), fixedOffset: 4),
    ])
    #expect(ArenaSolver().solve(problem).status == .notFound)
  }

  @Test func `absurd sizes and lifetimes do not trap`() {
    let problem = ArenaProblem([
      ArenaItem(Buffer(.max, live: .min ..< .max), alignment: .max),
      ArenaItem(Buffer(7, live: 0..<1), alignment: .max), ArenaItem(Buffer(.max, live: 0..<9)),
      ArenaItem(Buffer(0, live: 0..<9), fixedOffset: .max, alias: 7),
    ])
    #expect(ArenaSolver(stepLimit: 1000).solve(problem).lowerBound > 0)
  }
}

/// Tries all orders of placing buffers, each at its lowest offset above those it lives with.
///
/// Any packing can be pushed down until every buffer rests on another, a fixed one or the floor;
/// placed in the order of offsets, each buffer then lies on those before it.
private struct Exhaustive {
  private let items: [ArenaItem]

  init(_ items: [ArenaItem]) { self.items = items }

  var smallestArena: Int {
    let fixed = items.indices.filter { items[$0].fixedOffset != nil }
    var offsets: [Int: Int] = [:]
    for index in fixed { offsets[index] = items[index].fixedOffset }
    return smallest(offsets)
  }

  private func smallest(_ offsets: [Int: Int]) -> Int {
    guard offsets.count < items.count else {
      return offsets.map { $1 + items[$0].buffer.byteCount }.max() ?? 0
    }
    return items.indices.filter { offsets[$0] == nil }.map { index in
      resting(index, offsets).map { offset in
        smallest(offsets.merging([index: offset]) { $1 })
      }.min() ?? .max
    }.min() ?? .max
  }

  /// The lowest offset at which a buffer shares no bytes, above all movable ones it lives with.
  private func resting(_ index: Int, _ offsets: [Int: Int]) -> [Int] {
    let item = items[index]
    let lowest =
      offsets.filter { other, _ in
        items[other].fixedOffset == nil && overlaps(other, index)
      }.map { $1 + items[$0].buffer.byteCount }.max() ?? 0
    let free = (lowest..<200).first { offset in
      offset % item.alignment == 0
        && offsets.allSatisfy { other, start in
          !overlaps(other, index) || start + items[other].buffer.byteCount <= offset
            || offset + item.buffer.byteCount <= start
        }
    }
    return free.map { [$0] } ?? []
  }

  private func overlaps(_ a: Int, _ b: Int) -> Bool {
    items[a].buffer.lifetime.overlaps(items[b].buffer.lifetime)
  }
}
