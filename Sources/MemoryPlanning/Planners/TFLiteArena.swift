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
    var offsets = items.map { $0.fixedOffset ?? 0 }
    var byOffset: [Int] = []
    let fixed = items.indices.filter { items[$0].fixedOffset != nil }
    for index in fixed + Self.order(items) where items[index].buffer.isPlaced {
      let item = items[index]
      if item.fixedOffset == nil { offsets[index] = Self.gap(for: item, byOffset, items, offsets) }
      let position = byOffset.partitionPoint { offsets[$0] > offsets[index] }
      byOffset.insert(index, at: position)
    }
    return Placement(buffers: items.map(\.buffer), offsets: offsets, planner: name)
  }

  private static func order(_ items: [ArenaItem]) -> [Int] {
    let lifetimes = items.map(\.buffer.lifetime)
    let first = lifetimes.map(\.lowerBound).min() ?? 0
    let last = lifetimes.map(\.upperBound).max() ?? 0
    let movable = items.indices.filter { items[$0].fixedOffset == nil }
    let whole = movable.filter { lifetimes[$0] == first..<last }
    let others = movable.filter { lifetimes[$0] != first..<last }
      .sorted { (lifetimes[$0].lowerBound, $0) < (lifetimes[$1].lowerBound, $1) }
    return whole + others.sortedDescending(stablyBy: { items[$0].buffer.byteCount })
  }

  private static func gap(
    for item: ArenaItem, _ byOffset: [Int], _ items: [ArenaItem], _ offsets: [Int]
  ) -> Int {
    var best: (offset: Int, room: Int)?
    var top = 0
    for other in byOffset where items[other].buffer.lifetime.overlaps(item.buffer.lifetime) {
      let aligned = roundedUp(top, to: item.alignment)
      let room = offsets[other] - aligned
      if room >= item.buffer.byteCount, room < best?.room ?? .max {
        best = (aligned, offsets[other] - top)
      }
      top = max(top, end(of: items[other].buffer.byteCount, at: offsets[other]))
      if best?.room == 0 { break }
    }
    return best?.offset ?? roundedUp(top, to: item.alignment)
  }
}
