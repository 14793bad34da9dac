/// Improves the order of a greedy planner by swaps.
///
/// Each attempt moves a buffer that reaches the top of the arena before a random one that was placed
/// earlier, places all again, and keeps the order if the arena did not grow. The idea is that of
/// Apache TVM's `hill_climb`. The random numbers have a fixed seed: the same buffers give the same
/// placement.
struct HillClimb {
  /// The pairs of buffers looked at in all attempts together.
  var budget = 400_000

  func improve(
    _ start: Placement, by planner: some OrderedPlanner, of buffers: [Buffer],
    _ overlaps: Overlaps, to bound: Int
  ) -> Placement {
    var best = start
    var order = planner.order(buffers, overlaps).filter { buffers[$0].isPlaced }
    guard order.count > 1 else { return best }
    var random = SplitMix(state: 1)
    for _ in 0..<attempts(order, overlaps) where best.arenaByteCount > bound {
      let candidate = moved(order, best, &random)
      let placement = FixedOrder(indices: candidate, gap: planner.gap).place(buffers, overlaps)
      guard placement.arenaByteCount <= best.arenaByteCount else { continue }
      order = candidate
      best = placement
      best.planner = "hill climbing"
    }
    return best
  }

  private func attempts(_ order: [Int], _ overlaps: Overlaps) -> Int {
    min(100, budget / max(1, overlaps.count * 2 + order.count))
  }

  /// Moves a buffer that sets the arena's size to an earlier place in the order.
  private func moved(_ order: [Int], _ placement: Placement, _ random: inout SplitMix) -> [Int] {
    let height = placement.arenaByteCount
    let top = order.indices.filter {
      end(of: placement.buffers[order[$0]].byteCount, at: placement.offsets[order[$0]]) == height
    }
    guard let source = top.randomElement(using: &random), source > 0 else { return order }
    var order = order
    let target = Int.random(in: 0..<source, using: &random)
    order.insert(order.remove(at: source), at: target)
    return order
  }
}

/// Places buffers in an order that is given.
private struct FixedOrder: OrderedPlanner {
  var indices: [Int]
  var gap: GapChoice

  var name: String { "fixed order" }

  func order(_ buffers: [Buffer], _ overlaps: Overlaps) -> [Int] { indices }
}

/// A small random generator. <https://prng.di.unimi.it/splitmix64.c>
package struct SplitMix: RandomNumberGenerator {
  package var state: UInt64

  package init(state: UInt64) { self.state = state }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
