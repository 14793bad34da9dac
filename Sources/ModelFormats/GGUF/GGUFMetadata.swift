import ByteFormats
import ModelGraph

/// The key–value pairs of a GGUF file, as far as they describe the model.
///
/// The tokenizer, which is most of the header's bytes, is passed over; of the rest single values and
/// short lists of numbers are kept (some architectures have a figure for every layer).
struct GGUFMetadata {
  private(set) var kept: Attributes = [:]
  private(set) var alignment = 32
  private var keys: Set<String> = []

  static let maximumKeptCount = 256
  static let maximumListCount = 1024

  /// The deepest nesting of arrays that is read; the reference implementations read one level.
  static let maximumDepth = 8

  init(count: Int, from reader: inout GGUFReader) throws(ByteError) {
    for _ in 0..<count { try readPair(&reader) }
  }

  private mutating func readPair(_ reader: inout GGUFReader) throws(ByteError) {
    let start = reader.bytes.offset
    let key = try reader.readString()
    guard keys.insert(key).inserted else {
      throw ByteError(
        .malformed(expected: "every key once", found: "\(key.quoted) twice"), at: start)
    }
    let kind = try GGUFValueKind(from: &reader)
    guard isKept(key) else { return try reader.skipValue(kind) }
    let valueStart = reader.bytes.offset
    let value = try reader.readValue(kind)
    if key == "general.alignment" { try setAlignment(value, kind, at: valueStart) }
    if let value { kept[key] = value }
  }

  private func isKept(_ key: String) -> Bool {
    if key == "general.alignment" { return true }
    guard kept.entries.count < Self.maximumKeptCount else { return false }
    return !key.hasPrefix("tokenizer.") || key == "tokenizer.ggml.model"
  }

  private mutating func setAlignment(
    _ value: AttributeValue?, _ kind: GGUFValueKind, at start: Int
  ) throws(ByteError) {
    guard kind == .uint32, case .integer(let size)? = value, size > 0, size & (size - 1) == 0 else {
      throw ByteError(
        .malformed(expected: "a power of two as general.alignment", found: "another value"),
        at: start)
    }
    alignment = size
  }
}

/// The type of a value, by its code in the file.
enum GGUFValueKind: UInt32 {
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64
  case float64

  init(from reader: inout GGUFReader) throws(ByteError) {
    let start = reader.bytes.offset
    let code = try reader.readUInt32()
    guard let kind = Self(rawValue: code) else {
      throw ByteError(.unknownCode(name: "value type", value: "\(code)"), at: start)
    }
    self = kind
  }

  /// The bytes of a value; `nil` if they depend on it.
  var byteCount: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }
}
