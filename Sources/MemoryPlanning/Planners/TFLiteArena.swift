/// The planner of TensorFlow Lite: largest first, each in the smallest gap that is large enough.
///
/// Buffers that live through the whole run come first, in their order; of equally large ones the
/// one made first. A gap counts from the end of the bytes below, before alignment, once it is taken,
/// and from the aligned offset when it is compared, as in the runtime. The runtime aligns at 64 bytes.
/// <https://github.com/tensorflow/tensorflow/blob/master/tensorflow/lite/simple_memory_arena.cc>
public struct TFLiteArena: Planner {
  public init() {}

  public var name: String { "TensorFlow Lite's arena" }

  public func place(_ buffers: [Buffer]) -> Placement { place(buffers.map { ArenaItem($0) }) }

  /// Places items, fixed ones where they are fixed; aliases are not looked at.
  public func place(_ items: [ArenaItem]) -> Placement {
    place(items, stretches: [items.indices])
  }

  /// Places items stretch by stretch; what an earlier stretch placed stays.
  public func place(_ items: [ArenaItem], stretches: [Range<Int>]) -> Placement {
    var placing = GreedyPlacing(items, .best)
    var (first, end) = (Int.max, Int.min)
    for stretch in stretches {
      for item in items[stretch] {
        first = min(first, item.buffer.lifetime.lowerBound)
        end = max(end, item.buffer.lifetime.upperBound)
      }
      placing.place(stretch.filter { items[$0].fixedOffset != nil })
      placing.place(Self.order(items, of: stretch, all: first..<max(first, end)))
    }
    return placing.placement(by: name)
  }

  private static func order(_ items: [ArenaItem], of stretch: Range<Int>, all: Range<Int>) -> [Int]
  {
    let movable = stretch.filter { items[$0].fixedOffset == nil }
    let whole = movable.filter { items[$0].buffer.lifetime == all }
    let others = movable.filter { items[$0].buffer.lifetime != all }
      .sorted {
        (items[$0].buffer.lifetime.lowerBound, $0) < (items[$1].buffer.lifetime.lowerBound, $1)
      }
    return whole + others.sortedDescending(stablyBy: { items[$0].buffer.byteCount })
  }
}
