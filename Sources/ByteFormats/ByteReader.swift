/// A cursor over a run of untrusted bytes of a file.
///
/// Every read is checked against the end of the run: a file that lies about a length is reported,
/// never trapped on. A reader is a value: a copy of it reads on its own.
public struct ByteReader: Sendable {
  private let file: MappedFile

  /// The position of the next byte, counted from the start of the file.
  public private(set) var offset: Int

  /// The position after the last byte of the run.
  public let end: Int

  /// Makes a reader of a whole file.
  public init(_ file: MappedFile) {
    self.init(file: file, range: 0..<file.byteCount)
  }

  /// Makes a reader of a stretch of a file, as far as the file goes.
  public init(_ file: MappedFile, range: Range<Int>) {
    self.init(file: file, range: range.clamped(to: 0..<file.byteCount))
  }

  init(file: MappedFile, range: Range<Int>) {
    self.file = file
    offset = range.lowerBound
    end = range.upperBound
  }

  /// The number of bytes left.
  public var remaining: Int { end - offset }
  public var isAtEnd: Bool { offset == end }
}

extension ByteReader {
  /// Reads a little-endian integer.
  public mutating func read<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type = Integer.self
  ) throws(ByteError) -> Integer {
    let start = try advance(by: MemoryLayout<Integer>.size)
    try file.load(start..<offset)
    return Integer(
      littleEndian: file.withBytes { $0.loadUnaligned(fromByteOffset: start, as: type) })
  }

  /// Reads UTF-8 text of the given length; what is no UTF-8 is replaced by U+FFFD.
  public mutating func readString(byteCount: Int) throws(ByteError) -> String {
    let start = try advance(by: byteCount)
    try file.load(start..<offset)
    return file.withBytes {
      String(
        decoding: UnsafeRawBufferPointer(rebasing: $0[start..<start + byteCount]), as: UTF8.self)
    }
  }

  /// Reads a number of bytes.
  public mutating func readBytes(byteCount: Int) throws(ByteError) -> [UInt8] {
    let start = try advance(by: byteCount)
    try file.load(start..<offset)
    return file.withBytes { Array($0[start..<start + byteCount]) }
  }

  /// Passes over a number of bytes without touching them, and returns a reader of them.
  public mutating func readSlice(byteCount: Int) throws(ByteError) -> ByteReader {
    let start = try advance(by: byteCount)
    let range = start..<start + byteCount
    if byteCount >= Self.longStretch { file.releasePages(around: range) }
    return ByteReader(file: file, range: range)
  }

  /// Passes over a number of bytes without touching them.
  public mutating func skip(byteCount: Int) throws(ByteError) {
    _ = try readSlice(byteCount: byteCount)
  }

  /// From here on, bytes passed over are taken for the data of a tensor, not for a header.
  private static var longStretch: Int { 1 << 16 }

  /// Reads an integer in groups of seven bits, least significant first.
  public mutating func readVarint() throws(ByteError) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      let byte = try read(UInt8.self)
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    throw ByteError(
      .malformed(expected: "an integer of at most ten bytes", found: "a longer one"), at: start)
  }

  private mutating func advance(by byteCount: Int) throws(ByteError) -> Int {
    guard 0...remaining ~= byteCount else {
      throw ByteError(.truncated(needed: byteCount, left: remaining), at: offset)
    }
    defer { offset += byteCount }
    return offset
  }
}
