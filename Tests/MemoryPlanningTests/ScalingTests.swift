import Testing

@testable import MemoryPlanning

@Suite struct ScalingTests {
  /// A chain with short-lived values, and a long-lived one now and then.
  private func chain(_ count: Int) -> [Buffer] {
    var generator = SplitMix64(seed: 7)
    return (0..<count).map { step in
      let length = step % 1000 == 0 ? 500 : Int.random(in: 1...4, using: &generator)
      return Buffer(.random(in: 1...4096, using: &generator) * 64, live: step..<step + length)
    }
  }

  @Test(.timeLimit(.minutes(10)))
  func `a chain of 100,000 buffers is placed soundly near the bound`() {
    let buffers = chain(100_000)
    let placement = BestOf.standard.place(buffers)
    #expect(placement.conflicts.isEmpty)
    #expect(Double(placement.arenaByteCount) < 1.2 * Double(peakByteCount(of: buffers)))
  }

  @Test(.timeLimit(.minutes(10)))
  func `where too many live together the heap takes over`() {
    var generator = SplitMix64(seed: 8)
    let buffers = (0..<50_000).map { index in
      Buffer(.random(in: 1...4096, using: &generator), live: index..<50_000 + (index * 7) % 50_000)
    }
    let placement = BestOf.standard.place(buffers)
    #expect(placement.planner == SegregatedFit().name)
    #expect(placement.arenaByteCount >= peakByteCount(of: buffers))
  }
}
