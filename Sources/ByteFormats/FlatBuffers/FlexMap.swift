/// A map of a FlexBuffer, the encoding without a schema in which custom operators have options.
///
/// Only whole numbers and flags are read; everything else is passed over. The root stands at the end:
/// its value, a byte with its type and a byte with its width.
/// Specification: <https://flatbuffers.dev/internals/#flexbuffers>
public struct FlexMap: Sendable {
  /// The whole numbers by name, in the order of the map.
  public private(set) var integers: [(key: String, value: Int)] = []

  /// The most entries that are read.
  public static let maximumCount = 1024

  /// The type of a map.
  private static let mapType: UInt8 = 9

  /// Reads the map that is the root; `nil` if the bytes are no FlexBuffer with a map.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count >= 3, let width = bytes.last.map(Int.init), [1, 2, 4, 8].contains(width),
      bytes[bytes.count - 2] >> 2 == Self.mapType
    else { return nil }
    let childWidth = 1 << Int(bytes[bytes.count - 2] & 3)
    let reader = FlexBytes(bytes: bytes)
    guard let values = reader.target(at: bytes.count - 2 - width, width: width),
      let count = reader.integer(at: values - childWidth, width: childWidth),
      count <= Self.maximumCount,
      let keys = reader.target(at: values - 3 * childWidth, width: childWidth),
      let keyWidth = reader.integer(at: values - 2 * childWidth, width: childWidth),
      [1, 2, 4, 8].contains(keyWidth)
    else { return nil }
    for index in 0..<Int(count) {
      let place = values + index * childWidth
      let typePlace = values + Int(count) * childWidth + index
      guard
        let key = reader.text(
          at: reader.target(at: keys + index * Int(keyWidth), width: Int(keyWidth))),
        let type = reader.byte(at: typePlace)
      else { return nil }
      if let value = reader.number(at: place, width: childWidth, type: type) {
        integers.append((key, value))
      }
    }
  }
}

/// Bytes that are read at positions that they name themselves.
private struct FlexBytes {
  let bytes: [UInt8]

  func byte(at position: Int) -> UInt8? {
    bytes.indices.contains(position) ? bytes[position] : nil
  }

  func integer(at position: Int, width: Int) -> UInt64? {
    guard position >= 0, position <= bytes.count - width else { return nil }
    return bytes[position..<position + width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  }

  /// The position that an offset, counted back from itself, leads to.
  func target(at position: Int, width: Int) -> Int? {
    guard let distance = integer(at: position, width: width), distance <= UInt64(position) else {
      return nil
    }
    return position - Int(distance)
  }

  func text(at position: Int?) -> String? {
    guard let position, bytes.indices.contains(position) else { return nil }
    let end = bytes[position...].firstIndex(of: 0) ?? bytes.endIndex
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  /// A signed or unsigned integer or a flag; `nil` for another type.
  func number(at position: Int, width: Int, type: UInt8) -> Int? {
    guard let bits = integer(at: position, width: width) else { return nil }
    switch type >> 2 {
    case 1:
      let shift = UInt64(64 - 8 * width)
      return Int(Int64(bitPattern: bits << shift) >> Int64(shift))
    case 2, 26: return Int(clamping: bits)
    default: return nil
    }
  }
}
