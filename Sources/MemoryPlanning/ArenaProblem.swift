/// A buffer to place, with what a runtime may ask of its offset.
public struct ArenaItem: Hashable, Sendable {
  public var name: String
  public var buffer: Buffer

  /// The divisor of the offset, at least one.
  public var alignment: Int

  /// The offset, where it is given.
  public var fixedOffset: Int?

  /// The index of the item whose offset this one shares, as an operator in place does.
  public var alias: Int?

  public init(
    _ name: String = "", _ buffer: Buffer, alignment: Int = 1, fixedOffset: Int? = nil,
    alias: Int? = nil
  ) {
    self.name = name
    self.buffer = buffer
    self.alignment = max(1, alignment)
    self.fixedOffset = fixedOffset
    self.alias = alias
  }
}
