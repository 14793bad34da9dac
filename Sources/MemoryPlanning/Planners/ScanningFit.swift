/// Greedy placement of tens of thousands of buffers, without a list of who lives with whom.
struct ScanningFit: Planner {
  enum Order: String {
    /// Largest first, each in the lowest gap.
    case bySize = "greedy by size, scanning"

    /// In the order of time, each in the smallest gap.
    case inTime = "in time order, smallest gap, scanning"
  }

  let order: Order

  var name: String { order.rawValue }

  func place(_ buffers: [Buffer]) -> Placement {
    var placing = GreedyPlacing(buffers.map { ArenaItem($0) }, order == .bySize ? .first : .best)
    placing.place(sorted(buffers))
    return placing.placement(by: name)
  }

  private func sorted(_ buffers: [Buffer]) -> [Int] {
    switch order {
    case .bySize: Array(buffers.indices).sortedDescending { buffers[$0].byteCount }
    case .inTime:
      buffers.indices.sorted {
        let (a, b) = (buffers[$0].lifetime, buffers[$1].lifetime)
        return (a.lowerBound, -a.upperBound, $0) < (b.lowerBound, -b.upperBound, $1)
      }
    }
  }
}
