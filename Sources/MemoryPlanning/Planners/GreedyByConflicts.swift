/// Places the buffers first that live beside the most bytes.
///
/// The idea is that of Apache TVM's `greedy_by_conflicts`, weighted by size.
/// <https://tvm.apache.org/docs/v0.8.0/reference/api/doxygen/namespacetvm_1_1tir_1_1usmp.html>
public struct GreedyByConflicts: OrderedPlanner {
  public var gap: GapChoice

  public init(gap: GapChoice = .first) { self.gap = gap }

  public var name: String {
    gap == .best ? "greedy by conflicts, smallest gap" : "greedy by conflicts"
  }

  func order(_ buffers: [Buffer], _ overlaps: Overlaps) -> [Int] {
    Array(buffers.indices).sortedDescending { index in
      var bytes = Double(buffers[index].byteCount)
      overlaps.forEach(of: index) { bytes += Double(buffers[$0].byteCount) }
      return bytes
    }
  }
}
