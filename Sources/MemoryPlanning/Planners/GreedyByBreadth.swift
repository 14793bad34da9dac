/// Places the buffers of the busiest step first, largest first within a step, then of the next.
///
/// The breadth of a step is the sum of the bytes live at it. This is “Greedy by Breadth” of
/// Pisarchyk and Lee, *Efficient Memory Management for Deep Neural Net Inference*, 2020.
/// <https://arxiv.org/abs/2001.03288>
public struct GreedyByBreadth: OrderedPlanner {
  public var gap: GapChoice

  public init(gap: GapChoice = .best) { self.gap = gap }

  public var name: String { gap == .best ? "greedy by breadth" : "greedy by breadth, lowest gap" }

  func order(_ buffers: [Buffer], _ overlaps: Overlaps) -> [Int] {
    let profile = LiveProfile(buffers)
    let busiest = RangeMaximum(profile.byteCounts)
    let keys = buffers.map { buffer -> Key in
      let step = busiest.indexOfMaximum(in: profile.indices(in: buffer.lifetime))
      return Key(
        breadth: step.map { profile.byteCounts[$0] } ?? 0, step: step ?? 0, size: buffer.byteCount)
    }
    return Array(buffers.indices).sortedDescending { keys[$0] }
  }

  private struct Key: Comparable {
    var breadth: Int
    var step: Int
    var size: Int

    static func < (a: Key, b: Key) -> Bool {
      (a.breadth, -a.step, a.size) < (b.breadth, -b.step, b.size)
    }
  }
}
