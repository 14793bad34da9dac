/// A buffer to place: how large it is, and the steps during which it is live.
public struct Buffer: Hashable, Sendable {
  public var byteCount: Int

  /// The steps from the one that makes the buffer up to, not including, the one after its last use.
  public var lifetime: Range<Int>

  public init(_ byteCount: Int, live lifetime: Range<Int>) {
    self.byteCount = byteCount
    self.lifetime = lifetime
  }
}
