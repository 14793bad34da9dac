/// The offset of every buffer in one arena.
public struct Placement: Hashable, Sendable {
  public var buffers: [Buffer]
  public var offsets: [Int]

  /// The name of the planner that made it.
  public var planner: String

  public init(buffers: [Buffer], offsets: [Int], planner: String = "") {
    self.buffers = buffers
    self.offsets = offsets
    self.planner = planner
  }

  /// The size the arena must have, in bytes.
  public var arenaByteCount: Int {
    zip(buffers, offsets).map { $0.isPlaced ? end(of: $0.byteCount, at: $1) : 0 }.max() ?? 0
  }
}

extension Placement {
  /// Two buffers that are live at once and share bytes.
  public struct Conflict: Hashable, Sendable {
    public var first: Int
    public var second: Int
  }

  /// The pairs of buffers that are live at once and share bytes.
  ///
  /// A sound placement has none. The check sweeps over time and compares each buffer with those
  /// live when it starts; it knows nothing of planners.
  public var conflicts: [Conflict] {
    var live: [Int] = []
    var conflicts: [Conflict] = []
    for index in buffers.indices.sorted(by: startsEarlier) where !bytes(index).isEmpty {
      let start = buffers[index].lifetime.lowerBound
      live.removeAll { buffers[$0].lifetime.upperBound <= start }
      guard !buffers[index].lifetime.isEmpty else { continue }
      conflicts += live.filter { bytes($0).overlaps(bytes(index)) }
        .map { Conflict(first: $0, second: index) }
      live.append(index)
    }
    return conflicts
  }

  private func startsEarlier(_ a: Int, _ b: Int) -> Bool {
    buffers[a].lifetime.lowerBound < buffers[b].lifetime.lowerBound
  }

  private func bytes(_ index: Int) -> Range<Int> {
    offsets[index]..<offsets[index] + buffers[index].byteCount
  }
}
