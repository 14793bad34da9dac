/// Places the buffers first that take most: size times lifetime.
public struct GreedyByArea: OrderedPlanner {
  public var gap: GapChoice

  public init(gap: GapChoice = .first) { self.gap = gap }

  public var name: String { gap == .best ? "greedy by area, smallest gap" : "greedy by area" }

  func order(_ buffers: [Buffer], _ overlaps: Overlaps) -> [Int] {
    Array(buffers.indices).sortedDescending {
      Double(buffers[$0].byteCount) * Double(buffers[$0].lifetime.count)
    }
  }
}
