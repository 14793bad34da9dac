/// Writes messages in protobuf's wire format, right ones and wrong ones.
public struct ProtobufWriter {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public static func message(_ write: (inout ProtobufWriter) -> Void) -> [UInt8] {
    var writer = ProtobufWriter()
    write(&writer)
    return writer.bytes
  }

  public mutating func integer(_ field: Int, _ value: Int) {
    tag(field, 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  public mutating func float(_ field: Int, _ value: Float) {
    tag(field, 5)
    raw(Self.littleEndian(value.bitPattern))
  }

  public mutating func double(_ field: Int, _ value: Double) {
    tag(field, 1)
    raw(Self.littleEndian(value.bitPattern))
  }

  public mutating func bytes(_ field: Int, _ contents: [UInt8]) {
    bytes(field, contents, claiming: contents.count)
  }

  /// Writes a field whose length may lie about what follows.
  public mutating func bytes(_ field: Int, _ contents: [UInt8], claiming length: Int) {
    tag(field, 2)
    varint(UInt64(bitPattern: Int64(length)))
    raw(contents)
  }

  public mutating func string(_ field: Int, _ text: String) { bytes(field, Array(text.utf8)) }

  public mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
    bytes(field, Self.message(write))
  }

  /// Writes a list of integers in one field.
  public mutating func packed(_ field: Int, _ values: [Int]) {
    var contents = ProtobufWriter()
    for value in values { contents.varint(UInt64(bitPattern: Int64(value))) }
    bytes(field, contents.bytes)
  }

  public mutating func tag(_ field: Int, _ wireType: Int) {
    varint(UInt64(truncatingIfNeeded: field << 3 | wireType))
  }

  public mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  public mutating func raw(_ contents: [UInt8]) { bytes += contents }

  public static func littleEndian<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
  }
}
