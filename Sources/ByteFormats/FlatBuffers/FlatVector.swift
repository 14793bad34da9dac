/// A vector of a ``FlatBuffer``, which lies inside the file as a whole.
public struct FlatVector: Sendable {
  let buffer: FlatBuffer
  let start: Int
  public let count: Int
  let stride: Int

  /// Where the elements start, counted from the start of the file.
  public var offset: Int { start }
  public var indices: Range<Int> { 0..<count }
}

extension FlatVector {
  /// The integer at an index below ``count``.
  public func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ index: Int, as type: Integer.Type = Integer.self
  ) throws(ByteError) -> Integer {
    Integer(littleEndian: try buffer.load(type, at: start + index * stride))
  }

  /// The table that the offset at an index leads to.
  public func table(_ index: Int) throws(ByteError) -> FlatTable {
    try buffer.table(at: try buffer.target(ofOffsetAt: start + index * stride))
  }

  /// The 32-bit integers.
  public func integers() throws(ByteError) -> [Int] {
    try indices.map { index throws(ByteError) in Int(try integer(index, as: Int32.self)) }
  }

  /// The bytes as text; what is no UTF-8 is replaced by U+FFFD.
  func string() throws(ByteError) -> String {
    String(decoding: try buffer.file.bytes(in: start..<start + count), as: UTF8.self)
  }

  /// The bytes, of which there may be many.
  public func bytes() throws(ByteError) -> [UInt8] {
    try buffer.file.bytes(in: start..<start + count * stride)
  }
}
