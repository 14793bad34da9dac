/// The planner of TensorFlow Lite Micro: largest first, each in the lowest gap that is large enough.
///
/// Buffers with an offset planned offline come first, in their order. Of equally large ones the last
/// comes first. The runtime rounds sizes up to 16 bytes before.
/// <https://github.com/tensorflow/tflite-micro/blob/main/tensorflow/lite/micro/memory_planner/greedy_memory_planner.cc>
public struct TFLiteMicroGreedy: Planner {
  private let order: Order

  /// The order in which items are placed.
  enum Order { case bySize, byLifetime }

  public init() { order = .bySize }

  init(order: Order) { self.order = order }

  public var name: String {
    order == .bySize ? "TensorFlow Lite Micro's greedy rule" : "longest first, lowest gap"
  }

  public func place(_ buffers: [Buffer]) -> Placement { place(buffers.map { ArenaItem($0) }) }

  /// Places items, fixed ones where they are fixed; aliases are not looked at.
  public func place(_ items: [ArenaItem]) -> Placement {
    let fixed = items.indices.filter { items[$0].fixedOffset != nil }
    let online = items.indices.reversed().filter { items[$0].fixedOffset == nil }
    var offsets = items.map { $0.fixedOffset ?? 0 }
    var byOffset: [Int] = []
    for index in fixed + online.sortedDescending(stablyBy: { key(items[$0].buffer) }) {
      let item = items[index]
      if item.fixedOffset == nil {
        offsets[index] = gap(for: item, among: byOffset, items, offsets)
      }
      let position = byOffset.partitionPoint { offsets[$0] > offsets[index] }
      byOffset.insert(index, at: position)
    }
    return Placement(buffers: items.map(\.buffer), offsets: offsets, planner: name)
  }

  private func key(_ buffer: Buffer) -> Int {
    order == .bySize ? buffer.byteCount : buffer.lifetime.upperBound &- buffer.lifetime.lowerBound
  }

  private func gap(
    for item: ArenaItem, among byOffset: [Int], _ items: [ArenaItem], _ offsets: [Int]
  ) -> Int {
    guard item.buffer.isPlaced else { return 0 }
    var offset = 0
    for other in byOffset {
      let buffer = items[other].buffer
      guard buffer.isPlaced, buffer.lifetime.overlaps(item.buffer.lifetime) else { continue }
      if offsets[other] - offset >= item.buffer.byteCount { break }
      let end = end(of: buffer.byteCount, at: offsets[other])
      offset = max(offset, roundedUp(end, to: item.alignment))
    }
    return offset
  }
}

/// The next multiple of a divisor.
func roundedUp(_ value: Int, to divisor: Int) -> Int {
  let remainder = value % divisor
  return remainder == 0 ? value : value + (divisor - remainder)
}

extension [Int] {
  /// The indices sorted by a key, largest first; equal ones keep the order they have here.
  func sortedDescending(stablyBy key: (Int) -> Int) -> [Int] {
    enumerated().map { (key: key($1), position: $0, index: $1) }
      .sorted { $0.key == $1.key ? $0.position < $1.position : $0.key > $1.key }
      .map(\.index)
  }
}
