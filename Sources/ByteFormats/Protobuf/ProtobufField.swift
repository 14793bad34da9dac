/// One field of a message: its number and its bytes, not yet interpreted.
public struct ProtobufField: Sendable {
  public let number: Int
  public let value: Value

  /// The position of the field's tag, counted from the start of the file.
  public let offset: Int
  let depth: Int

  public enum Value: Sendable {
    case varint(UInt64)
    case fixed32(UInt32)
    case fixed64(UInt64)
    case bytes(ByteReader)
  }
}

extension ProtobufField {
  /// The integer of an `int32`, `int64`, `uint32`, `enum` or `bool` field.
  ///
  /// Unsigned 64-bit integers keep their bit pattern.
  public func integer() throws(ByteError) -> Int {
    guard case .varint(let bits) = value else { throw unexpected("an integer") }
    return Int(truncatingIfNeeded: bits)
  }

  public func float() throws(ByteError) -> Float {
    guard case .fixed32(let bits) = value else { throw unexpected("a 32-bit number") }
    return Float(bitPattern: bits)
  }

  /// The contents of a length-delimited field, not touched yet.
  public func bytes() throws(ByteError) -> ByteReader {
    guard case .bytes(let reader) = value else { throw unexpected("a run of bytes") }
    return reader
  }

  public func string() throws(ByteError) -> String {
    var reader = try bytes()
    return try reader.readString(byteCount: reader.remaining)
  }

  /// The message nested in the field.
  public func message() throws(ByteError) -> ProtobufMessage {
    guard depth < ProtobufMessage.maximumDepth else {
      throw ByteError(.tooDeep(limit: ProtobufMessage.maximumDepth), at: offset)
    }
    return ProtobufMessage(try bytes(), depth: depth + 1)
  }
}

extension ProtobufField {
  /// Appends the integers of a repeated field, packed or one by one.
  ///
  /// - Returns: Whether all were appended; a list longer than the limit is cut.
  public func append(to integers: inout [Int], atMost limit: Int) throws(ByteError) -> Bool {
    guard case .bytes(var reader) = value else {
      guard integers.count < limit else { return false }
      integers.append(try integer())
      return true
    }
    while !reader.isAtEnd {
      guard integers.count < limit else { return false }
      integers.append(Int(truncatingIfNeeded: try reader.readVarint()))
    }
    return true
  }

  /// Appends the numbers of a repeated `float` field, packed or one by one.
  ///
  /// - Returns: Whether all were appended; a list longer than the limit is cut.
  public func append(to floats: inout [Double], atMost limit: Int) throws(ByteError) -> Bool {
    guard case .bytes(var reader) = value else {
      guard floats.count < limit else { return false }
      floats.append(Double(try float()))
      return true
    }
    while !reader.isAtEnd {
      guard floats.count < limit else { return false }
      floats.append(Double(Float(bitPattern: try reader.read())))
    }
    return true
  }

  private func unexpected(_ expected: String) -> ByteError {
    let found =
      switch value {
      case .varint: "an integer"
      case .fixed32: "a 32-bit number"
      case .fixed64: "a 64-bit number"
      case .bytes: "a run of bytes"
      }
    return ByteError(
      .malformed(expected: "\(expected) in field \(number)", found: found), at: offset)
  }
}
