/// Places buffers largest first.
///
/// With the smallest gap this is “Greedy by Size for Offset Calculation” of Pisarchyk and Lee,
/// *Efficient Memory Management for Deep Neural Net Inference*, 2020; with the lowest gap it is the
/// planner of TensorFlow Lite Micro. <https://arxiv.org/abs/2001.03288>
public struct GreedyBySize: OrderedPlanner {
  public var gap: GapChoice

  public init(gap: GapChoice = .best) { self.gap = gap }

  public var name: String { gap == .best ? "greedy by size" : "greedy by size, lowest gap" }

  func order(_ buffers: [Buffer], _ overlaps: Overlaps) -> [Int] {
    Array(buffers.indices).sortedDescending { buffers[$0].byteCount }
  }
}
