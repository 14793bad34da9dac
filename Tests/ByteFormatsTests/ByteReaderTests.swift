import ByteFormats
import Testing

@Suite struct ByteReaderTests {
  private static func reader(_ bytes: [UInt8]) -> ByteReader {
    ByteReader(MappedFile(bytes, path: "bytes"))
  }

  @Test func `integers are little-endian`() throws {
    var reader = Self.reader([1, 2, 3, 4, 5])
    #expect(try reader.read(UInt16.self) == 0x0201)
    #expect(try reader.read(UInt8.self) == 3)
    #expect(reader.remaining == 2)
  }

  @Test func `a read beyond the end says what was needed and what is left`() {
    var reader = Self.reader([1, 2, 3])
    #expect(throws: ByteError(.truncated(needed: 4, left: 3))) { try reader.read(UInt32.self) }
    #expect(reader.offset == 0)
  }

  @Test(arguments: [Int.min, -1, 4, Int.max])
  func `an absurd length is an error`(length: Int) {
    var reader = Self.reader([1, 2, 3])
    #expect(throws: ByteError.self) { try reader.skip(byteCount: length) }
    #expect(throws: ByteError.self) { try reader.readString(byteCount: length) }
    #expect(throws: ByteError.self) { try reader.readSlice(byteCount: length) }
  }

  @Test func `a slice ends where it was cut`() throws {
    var reader = Self.reader([1, 2, 3, 4])
    var slice = try reader.readSlice(byteCount: 2)
    #expect(try slice.readBytes(byteCount: 2) == [1, 2])
    #expect(slice.isAtEnd)
    #expect(throws: ByteError.self) { try slice.read(UInt8.self) }
    #expect(try reader.read(UInt8.self) == 3)
  }

  @Test func `bytes that are no text are replaced`() throws {
    var reader = Self.reader([0x61, 0xFF, 0x62])
    #expect(try reader.readString(byteCount: 3) == "a\u{FFFD}b")
  }

  @Test(
    arguments: [
      ([0x00], 0), ([0x7F], 127), ([0x80, 0x01], 128), ([0xAC, 0x02], 300),
      ([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], UInt64.max),
    ] as [([UInt8], UInt64)])
  func `integers of seven-bit groups`(bytes: [UInt8], value: UInt64) throws {
    var reader = Self.reader(bytes)
    #expect(try reader.readVarint() == value)
    #expect(reader.isAtEnd)
  }

  @Test func `an integer of eleven groups is an error`() {
    var reader = Self.reader(Array(repeating: 0x80, count: 11) + [1])
    #expect(throws: ByteError.self) { try reader.readVarint() }
  }
}
