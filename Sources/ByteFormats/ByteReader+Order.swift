/// The order in which the bytes of an integer lie in a file.
public enum ByteOrder: Hashable, Sendable {
  case little, big
}

extension ByteReader {
  /// Reads an integer of four bytes.
  public mutating func readUInt32(_ order: ByteOrder) throws(ByteError) -> UInt32 {
    let value = try read(UInt32.self)
    return order == .little ? value : value.byteSwapped
  }

  /// Reads an integer of eight bytes.
  public mutating func readUInt64(_ order: ByteOrder) throws(ByteError) -> UInt64 {
    let value = try read(UInt64.self)
    return order == .little ? value : value.byteSwapped
  }

  /// The width of the lengths before texts.
  public enum LengthWidth: Int, Hashable, Sendable {
    case fourBytes = 4
    case eightBytes = 8
  }

  /// Reads the length of what follows, which is at most the bytes left.
  public mutating func readLength(
    _ width: LengthWidth, _ order: ByteOrder
  ) throws(ByteError) -> Int {
    let start = offset
    let length =
      switch width {
      case .fourBytes: UInt64(try readUInt32(order))
      case .eightBytes: try readUInt64(order)
      }
    guard length <= remaining else {
      throw ByteError(.truncated(needed: Int(clamping: length), left: remaining), at: start)
    }
    return Int(length)
  }

  /// Passes over texts that have their lengths before them, touching the lengths only.
  public mutating func skipTexts(
    _ count: Int, _ width: LengthWidth, _ order: ByteOrder
  ) throws(ByteError) {
    var left = count
    while left > 0 {
      try skip(byteCount: try readLength(width, order))
      left -= 1
    }
  }
}
