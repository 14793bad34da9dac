/// The offset of every buffer in one arena.
public struct Placement: Hashable, Sendable {
  public var buffers: [Buffer]
  public var offsets: [Int]

  public init(buffers: [Buffer], offsets: [Int]) {
    self.buffers = buffers
    self.offsets = offsets
  }

  /// The size the arena must have, in bytes.
  public var arenaByteCount: Int {
    zip(buffers, offsets).map { $1 + $0.byteCount }.max() ?? 0
  }
}
