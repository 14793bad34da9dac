import ByteFormats
import ModelGraph

/// A value written down in a program: its type and its contents, or where they lie.
struct MILValue {
  var type = MILType()
  var contents: TensorValue.Contents?
  var blob: MILBlobReference?

  init(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 2: type = try MILType(try field.message())
      case 3: try readImmediate(try field.message())
      case 5: blob = try MILBlobReference(try field.message())
      default: break
      }
    }
  }

  private mutating func readImmediate(_ message: ProtobufMessage) throws(ByteError) {
    var message = message
    while let field = try message.next() {
      guard field.number == 1 else { continue }
      var tensor = try field.message()
      while let list = try tensor.next() {
        contents = try Self.contents(list.number, try list.message(), type)
      }
    }
  }

  /// The elements of a small list; longer ones and those of unknown kinds are not kept.
  private static func contents(
    _ kind: Int, _ message: ProtobufMessage, _ type: MILType
  ) throws(ByteError) -> TensorValue.Contents? {
    var message = message
    var integers: [Int] = []
    var floats: [Double] = []
    var strings: [String] = []
    let limit = 4096
    while let field = try message.next() {
      guard field.number == 1 else { continue }
      switch kind {
      case 1: guard try field.append(to: &floats, atMost: limit) else { return nil }
      case 2, 3, 5: guard try field.append(to: &integers, atMost: limit) else { return nil }
      case 4:
        guard strings.count < limit else { return nil }
        strings.append(try field.string())
      case 7:
        guard let bytes = try packedIntegers(try field.bytes(), type, limit) else { return nil }
        integers += bytes
      default: return nil
      }
    }
    switch kind {
    case 1: return .floats(floats)
    case 4: return .strings(strings)
    default: return .integers(integers.map { kind == 2 ? Int(Int32(truncatingIfNeeded: $0)) : $0 })
    }
  }

  /// Integers of 8 and 16 bits stand as bytes.
  private static func packedIntegers(
    _ reader: ByteReader, _ type: MILType, _ limit: Int
  ) throws(ByteError) -> [Int]? {
    var reader = reader
    guard reader.remaining <= limit else { return nil }
    var integers: [Int] = []
    while !reader.isAtEnd {
      switch type.dataType {
      case .int8: integers.append(Int(try reader.read(Int8.self)))
      case .uint8: integers.append(Int(try reader.read(UInt8.self)))
      case .int16: integers.append(Int(try reader.read(Int16.self)))
      case .uint16: integers.append(Int(try reader.read(UInt16.self)))
      default: return nil
      }
    }
    return integers
  }
}

extension MILValue {
  /// The contents with their type, if they are as many as the type says.
  var tensorValue: TensorValue? {
    guard let type = type.tensorType, let contents else { return nil }
    let count =
      switch contents {
      case .integers(let elements): elements.count
      case .floats(let elements): elements.count
      case .strings(let elements): elements.count
      }
    return count == type.elementCount ? TensorValue(type, contents) : nil
  }

  var integers: [Int]? {
    guard case .integers(let elements)? = contents else { return nil }
    return elements
  }

  var string: String? {
    guard case .strings(let elements)? = contents else { return nil }
    return elements.first
  }

  var flag: Bool? { integers?.first.map { $0 != 0 } }
}

extension MILBlobReference {
  fileprivate init(_ message: ProtobufMessage) throws(ByteError) {
    self.init(fileName: "", offset: 0)
    var message = message
    while let field = try message.next() {
      switch field.number {
      case 1: fileName = try field.string()
      case 2: offset = try field.integer()
      default: break
      }
    }
  }
}
