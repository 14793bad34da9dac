import ByteFormats

/// A cursor that knows the version and the byte order of a GGUF file.
struct GGUFReader {
  var bytes: ByteReader
  let version: Int
  let order: ByteOrder

  static let versions = 1...3

  /// How many more texts and lists within lists are gone through one by one.
  private var itemsLeft = Self.maximumItemCount

  /// Vocabularies have less than a million texts; a file of zeros has as many as it likes.
  static let maximumItemCount = 1 << 23

  /// Reads the magic number and the version.
  init(_ file: MappedFile) throws(ByteError) {
    bytes = ByteReader(file)
    let magic = try bytes.readBytes(byteCount: 4)
    guard magic.elementsEqual("GGUF".utf8) else {
      let found = String(decoding: magic, as: UTF8.self).quoted
      throw ByteError(.malformed(expected: "the letters GGUF", found: found))
    }
    let start = bytes.offset
    let code = try bytes.readUInt32(.little)
    // A version is small, so the half that is zero tells the byte order.
    order = code != 0 && code & 0xFFFF == 0 ? .big : .little
    let number = order == .big ? code.byteSwapped : code
    guard let version = Int(exactly: number), Self.versions ~= version else {
      throw ByteError(.unknownCode(name: "GGUF version", value: "\(number)"), at: start)
    }
    self.version = version
  }

  /// The width of counts, sizes and lengths.
  var width: ByteReader.LengthWidth { version == 1 ? .fourBytes : .eightBytes }

  mutating func readUInt32() throws(ByteError) -> UInt32 { try bytes.readUInt32(order) }
  mutating func readUInt64() throws(ByteError) -> UInt64 { try bytes.readUInt64(order) }

  /// Reads a count or a size of the version's width.
  mutating func readSize() throws(ByteError) -> UInt64 {
    width == .fourBytes ? UInt64(try readUInt32()) : try readUInt64()
  }

  /// Reads how many things follow that take at least so many bytes each.
  mutating func readCount(ofAtLeast byteCount: Int) throws(ByteError) -> Int {
    let start = bytes.offset
    let count = try readSize()
    guard count <= bytes.remaining / byteCount else {
      throw ByteError(.implausibleSize("\(count) items in \(bytes.remaining) bytes"), at: start)
    }
    return Int(count)
  }

  /// Counts items that must be gone through one by one.
  mutating func spend(_ count: Int) throws(ByteError) {
    guard count <= itemsLeft else {
      throw ByteError(
        .implausibleSize("more than \(Self.maximumItemCount) items in lists"), at: bytes.offset)
    }
    itemsLeft -= count
  }

  mutating func readString() throws(ByteError) -> String {
    try bytes.readString(byteCount: try bytes.readLength(width, order))
  }
}
