import Testing

@testable import MemoryPlanning

/// Placing by gaps, against a plain search through all buffers.
@Suite struct GreedyPlacingTests {
  /// Looks through all placed items, from the lowest offset up.
  private func plainOffsets(
    _ items: [ArenaItem], _ order: [Int], _ choice: GapChoice
  ) -> [Int] {
    var offsets = items.map { $0.fixedOffset ?? 0 }
    var placed: [Int] = []
    for index in order {
      let item = items[index]
      var best: (offset: Int, room: Int)?
      var top = 0
      for other in placed.sorted(by: { offsets[$0] < offsets[$1] })
      where items[other].buffer.lifetime.overlaps(item.buffer.lifetime) {
        let aligned = (top + item.alignment - 1) / item.alignment * item.alignment
        let room = offsets[other] - aligned
        let isBetter = choice == .first ? best == nil : room < best?.room ?? .max
        if room >= item.buffer.byteCount, isBetter { best = (aligned, offsets[other] - top) }
        top = max(top, offsets[other] + items[other].buffer.byteCount)
      }
      let above = (top + item.alignment - 1) / item.alignment * item.alignment
      if item.fixedOffset == nil { offsets[index] = best?.offset ?? above }
      placed.append(index)
    }
    return offsets
  }

  private func items(seed: UInt64) -> [ArenaItem] {
    var generator = SplitMix64(seed: seed)
    let alignments = [[1], [16], [64], [1, 4, 12]][Int(seed % 4)]
    return (0..<Int.random(in: 1...60, using: &generator)).map { _ in
      let start = Int.random(in: -2...40, using: &generator)
      let length = Int.random(in: 1...(seed % 3 == 0 ? 4 : 30), using: &generator)
      let isFixed = Int.random(in: 0..<10, using: &generator) == 0
      return ArenaItem(
        Buffer(.random(in: 1...300, using: &generator), live: start..<start + length),
        alignment: alignments.randomElement(using: &generator) ?? 1,
        fixedOffset: isFixed ? .random(in: 0...500, using: &generator) : nil)
    }
  }

  @Test func `offsets are those of a search through all buffers`() {
    for seed in UInt64(0)..<600 {
      let items = items(seed: seed)
      var generator = SplitMix64(seed: seed)
      let order =
        items.indices.filter { items[$0].fixedOffset != nil }
        + items.indices.filter { items[$0].fixedOffset == nil }.shuffled(using: &generator)
      for choice in [GapChoice.first, .best] {
        var placing = GreedyPlacing(items, choice)
        placing.place(order)
        #expect(placing.offsets == plainOffsets(items, order, choice), "seed \(seed), \(choice)")
      }
    }
  }

  /// Buffers of a chain with skips; of a chain whose values live to the end; of values made at once.
  private static let shapes: [@Sendable (Int, Int) -> Range<Int>] = [
    { step, _ in step..<step + (step % 100 == 0 ? 50 : 2) },
    { step, count in step..<count },
    { step, count in 0..<count - step },
  ]

  private func lookCount(_ count: Int, _ shape: Int, _ choice: GapChoice) -> Int {
    var generator = SplitMix64(seed: 3)
    let items = (0..<count).map { step in
      ArenaItem(
        Buffer(.random(in: 1...4096, using: &generator), live: Self.shapes[shape](step, count)),
        alignment: 64)
    }
    var placing = GreedyPlacing(items, choice)
    placing.place(
      Array(items.indices).sortedDescending(stablyBy: { items[$0].buffer.byteCount }))
    return placing.lookCount
  }

  @Test func `twice the buffers are hardly more than twice the work`() {
    for shape in Self.shapes.indices {
      for choice in [GapChoice.first, .best] {
        let (one, two) = (lookCount(1000, shape, choice), lookCount(2000, shape, choice))
        #expect(Double(two) < 2.6 * Double(one), "shape \(shape), \(choice): \(one), \(two)")
      }
    }
  }
}
