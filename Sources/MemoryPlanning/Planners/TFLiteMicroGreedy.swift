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
    var placing = GreedyPlacing(items, .first)
    placing.place(items.indices.filter { items[$0].fixedOffset != nil })
    let online = items.indices.reversed().filter { items[$0].fixedOffset == nil }
    placing.place(online.sortedDescending(stablyBy: { key(items[$0].buffer) }))
    return placing.placement(by: name)
  }

  private func key(_ buffer: Buffer) -> Int {
    order == .bySize ? buffer.byteCount : buffer.lifetime.upperBound &- buffer.lifetime.lowerBound
  }
}

extension [Int] {
  /// The indices sorted by a key, largest first; equal ones keep the order they have here.
  func sortedDescending(stablyBy key: (Int) -> Int) -> [Int] {
    enumerated().map { (key: key($1), position: $0, index: $1) }
      .sorted { $0.key == $1.key ? $0.position < $1.position : $0.key > $1.key }
      .map(\.index)
  }
}
