/// A table of a ``FlatBuffer``: fields by number, each of which may be left out.
public struct FlatTable: Sendable {
  let buffer: FlatBuffer
  let position: Int
  let vtable: Int
  let vtableByteCount: Int

  /// Where the table starts, counted from the start of the file.
  public var offset: Int { position }
}

extension FlatTable {
  /// An integer, or what the schema says of a field that is left out.
  public func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ field: Int, default value: Integer
  ) throws(ByteError) -> Integer {
    guard let position = try position(of: field) else { return value }
    return Integer(littleEndian: try buffer.load(Integer.self, at: position))
  }

  public func float(_ field: Int, default value: Float = 0) throws(ByteError) -> Float {
    guard let position = try position(of: field) else { return value }
    return Float(bitPattern: UInt32(littleEndian: try buffer.load(UInt32.self, at: position)))
  }

  public func flag(_ field: Int, default value: Bool = false) throws(ByteError) -> Bool {
    try integer(field, default: UInt8(value ? 1 : 0)) != 0
  }

  public func table(_ field: Int) throws(ByteError) -> FlatTable? {
    guard let position = try position(of: field) else { return nil }
    return try buffer.table(at: try buffer.target(ofOffsetAt: position))
  }

  /// A vector whose elements lie in the given number of bytes each.
  public func vector(_ field: Int, stride: Int) throws(ByteError) -> FlatVector? {
    guard let position = try position(of: field) else { return nil }
    return try buffer.vector(at: try buffer.target(ofOffsetAt: position), stride: stride)
  }

  /// A vector of tables.
  public func tables(_ field: Int) throws(ByteError) -> FlatVector? {
    try vector(field, stride: 4)
  }

  /// A text; what is no UTF-8 is replaced by U+FFFD.
  public func string(_ field: Int) throws(ByteError) -> String? {
    guard let bytes = try vector(field, stride: 1) else { return nil }
    return try bytes.string()
  }

  /// Where the value of a field lies; `nil` if it is left out.
  private func position(of field: Int) throws(ByteError) -> Int? {
    let slot = 4 + 2 * field
    guard slot + 2 <= vtableByteCount else { return nil }
    let distance = Int(UInt16(littleEndian: try buffer.load(UInt16.self, at: vtable + slot)))
    return distance == 0 ? nil : position + distance
  }
}

extension FlatTable {
  /// The 32-bit integer at a position of the file that a field named.
  public func word(at position: Int) throws(ByteError) -> Int32 {
    Int32(littleEndian: try buffer.load(Int32.self, at: position))
  }
}
