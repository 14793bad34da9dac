import Testing

@testable import MemoryPlanning

/// What every planner must do, whatever its strategy.
@Suite struct PlannerTests {
  static let planners: [any Planner] = [
    NoReuse(), SegregatedFit(), ScanningFit(order: .bySize), ScanningFit(order: .inTime),
    MemoryPattern(), BestOf.standard, BestOf.sizeAndBreadth,
    GreedyBySize(), GreedyBySize(gap: .first), GreedyByBreadth(), GreedyByBreadth(gap: .first),
    GreedyByArea(), GreedyByArea(gap: .best), GreedyByConflicts(), GreedyByConflicts(gap: .best),
    InTimeOrder(), InTimeOrder(gap: .best), Aligned(GreedyBySize(), to: 64),
  ]

  @Test(arguments: planners.indices)
  func `live buffers never share bytes`(index: Int) {
    let planner = Self.planners[index]
    for seed in UInt64(0)..<100 {
      let buffers = randomBuffers(count: 40, seed: seed)
      let placement = planner.place(buffers)
      #expect(placement.buffers == buffers)
      #expect(placement.conflicts.isEmpty, "\(planner.name), seed \(seed)")
      #expect(placement.arenaByteCount >= peakByteCount(of: buffers))
      #expect(placement.arenaByteCount <= buffers.reduce(0) { $0 + $1.byteCount + 63 })
    }
  }

  @Test(arguments: planners.indices)
  func `nothing takes nothing`(index: Int) {
    let planner = Self.planners[index]
    #expect(planner.place([]).arenaByteCount == 0)
    let idle = [Buffer(8, live: 3..<3), Buffer(0, live: 0..<9), Buffer(8, live: 5..<5)]
    #expect(planner.place(idle).arenaByteCount == 0)
  }

  @Test(arguments: planners.indices)
  func `absurd sizes saturate`(index: Int) {
    let absurd = (0..<20).map { Buffer(.max, live: $0 / 2..<$0 / 2 + 3) }
    let placement = Self.planners[index].place(absurd)
    #expect(placement.arenaByteCount == Buffer.maximumByteCount)
    #expect(peakByteCount(of: absurd) == Buffer.maximumByteCount)
  }

  /// The example of the MiniMalloc repository: five buffers fit in twelve bytes.
  @Test func `the best of all finds the packing of the example`() {
    let buffers = [
      Buffer(4, live: 0..<3), Buffer(4, live: 3..<9), Buffer(4, live: 0..<9),
      Buffer(4, live: 9..<21), Buffer(4, live: 0..<21),
    ]
    #expect(BestOf.standard.place(buffers).arenaByteCount == 12)
    #expect(peakByteCount(of: buffers) == 12)
  }

  @Test func `aligned offsets are multiples`() {
    let placement = Aligned(BestOf.standard, to: 64).place(randomBuffers(count: 60, seed: 1))
    #expect(placement.offsets.allSatisfy { $0 % 64 == 0 })
  }

  @Test func `the validator sees two buffers in one place`() {
    let buffers = [Buffer(8, live: 0..<2), Buffer(8, live: 1..<3), Buffer(8, live: 2..<4)]
    let placement = Placement(buffers: buffers, offsets: [0, 4, 0])
    #expect(
      placement.conflicts == [.init(first: 0, second: 1), .init(first: 1, second: 2)])
  }

  @Test func `the winner is named`() {
    #expect(BestOf.standard.place([Buffer(8, live: 0..<2)]).planner == "greedy by size")
  }
}

/// A small generator with a seed. <https://prng.di.unimi.it/splitmix64.c>
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}

func randomBuffers(count: Int, seed: UInt64) -> [Buffer] {
  var generator = SplitMix64(seed: seed)
  return (0..<count).map { _ in
    let start = Int.random(in: 0..<count, using: &generator)
    let length = Int.random(in: 0...count / 3, using: &generator)
    return Buffer(.random(in: 0...1000, using: &generator), live: start..<start + length)
  }
}
