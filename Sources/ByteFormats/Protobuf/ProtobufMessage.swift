/// The fields of one message in protobuf's wire format, read one by one.
///
/// Nothing is decoded ahead: a field that is not looked at costs its tag and its length, so the
/// megabytes of a tensor are passed over untouched.
/// Specification: <https://protobuf.dev/programming-guides/encoding/>
public struct ProtobufMessage: Sendable {
  private var reader: ByteReader
  private let depth: Int

  /// The deepest nesting that is read, the same as in the reference implementations.
  public static let maximumDepth = 100

  /// Makes the outermost message of a file.
  public init(_ file: MappedFile) {
    self.init(ByteReader(file), depth: 0)
  }

  init(_ reader: ByteReader, depth: Int) {
    self.reader = reader
    self.depth = depth
  }

  /// The position of the next field, counted from the start of the file.
  public var offset: Int { reader.offset }

  /// The bytes left.
  public var byteCount: Int { reader.remaining }

  /// Reads the next field; `nil` at the end of the message.
  ///
  /// Groups, which no format of today writes, are passed over.
  public mutating func next() throws(ByteError) -> ProtobufField? {
    while !reader.isAtEnd {
      let offset = reader.offset
      let (number, kind) = try readTag()
      if kind == .startGroup {
        try skipGroup(number)
        continue
      }
      let value = try readValue(kind, at: offset)
      return ProtobufField(number: number, value: value, offset: offset, depth: depth)
    }
    return nil
  }
}

extension ProtobufMessage {
  private enum WireType: UInt64 {
    case varint, fixed64, bytes, startGroup, endGroup, fixed32
  }

  private mutating func readTag() throws(ByteError) -> (number: Int, kind: WireType) {
    let offset = reader.offset
    let tag = try reader.readVarint()
    guard let kind = WireType(rawValue: tag & 7) else {
      throw ByteError(.unknownCode(name: "wire type", value: "\(tag & 7)"), at: offset)
    }
    guard 1..<(1 << 29) ~= tag >> 3 else {
      throw ByteError(.unknownCode(name: "field number", value: "\(tag >> 3)"), at: offset)
    }
    return (Int(tag >> 3), kind)
  }

  private mutating func readValue(
    _ kind: WireType, at offset: Int
  ) throws(ByteError) -> ProtobufField.Value {
    switch kind {
    case .varint: return .varint(try reader.readVarint())
    case .fixed32: return .fixed32(try reader.read())
    case .fixed64: return .fixed64(try reader.read())
    case .bytes:
      let length = try reader.readVarint()
      guard length <= reader.remaining else {
        let needed = Int(clamping: length)
        throw ByteError(.truncated(needed: needed, left: reader.remaining), at: offset)
      }
      return .bytes(try reader.readSlice(byteCount: Int(length)))
    case .startGroup, .endGroup:
      throw ByteError(.malformed(expected: "a field", found: "the end of a group"), at: offset)
    }
  }

  private mutating func skipGroup(_ number: Int) throws(ByteError) {
    var open = [number]
    while let innermost = open.last {
      let offset = reader.offset
      let (number, kind) = try readTag()
      switch kind {
      case .startGroup:
        guard depth + open.count < Self.maximumDepth else {
          throw ByteError(.tooDeep(limit: Self.maximumDepth), at: offset)
        }
        open.append(number)
      case .endGroup:
        guard number == innermost else {
          throw ByteError(
            .malformed(expected: "the end of group \(innermost)", found: "that of \(number)"),
            at: offset)
        }
        open.removeLast()
      default: _ = try readValue(kind, at: offset)
      }
    }
  }
}
