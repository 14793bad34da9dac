/// A buffer to place: how large it is, and the steps during which it is live.
public struct Buffer: Hashable, Sendable {
  /// The size, between nothing and ``maximumByteCount``.
  public let byteCount: Int

  /// The steps from the one that makes the buffer up to, not including, the one after its last use.
  public var lifetime: Range<Int>

  /// The largest size that a buffer or an arena can have, 2⁶⁰ bytes.
  ///
  /// Larger sizes count as this one, so that an offset and a size can always be added.
  public static let maximumByteCount = 1 << 60

  public init(_ byteCount: Int, live lifetime: Range<Int>) {
    self.byteCount = Swift.max(0, Swift.min(byteCount, Self.maximumByteCount))
    self.lifetime = lifetime
  }

  /// Whether the buffer takes room at some step.
  var isPlaced: Bool { byteCount > 0 && !lifetime.isEmpty }
}

/// The end of a buffer at an offset; beyond the largest arena, the largest arena.
func end(of byteCount: Int, at offset: Int) -> Int {
  min(offset + byteCount, Buffer.maximumByteCount)
}
