import ByteFormats
import TestSupport
import Testing

@Suite struct ProtobufMessageTests {
  private static func message(_ bytes: [UInt8]) -> ProtobufMessage {
    ProtobufMessage(MappedFile(bytes, path: "bytes"))
  }

  /// The numbers of all fields, each looked at.
  private static func fields(_ bytes: [UInt8]) throws -> [Int] {
    var message = message(bytes)
    var numbers: [Int] = []
    while let field = try message.next() { numbers.append(field.number) }
    return numbers
  }

  @Test func `fields come in the order of the file`() throws {
    let bytes = ProtobufWriter.message { writer in
      writer.integer(7, -1)
      writer.string(2, "text")
      writer.float(3, 0.5)
      writer.double(536_870_911, 2)
    }
    #expect(try Self.fields(bytes) == [7, 2, 3, 536_870_911])
    var message = Self.message(bytes)
    #expect(try message.next()?.integer() == -1)
    #expect(try message.next()?.string() == "text")
    #expect(try message.next()?.float() == 0.5)
  }

  @Test func `repeated integers may be packed or not`() throws {
    let bytes = ProtobufWriter.message { writer in
      writer.packed(1, [1, -2, 300])
      writer.integer(1, 4)
    }
    var message = Self.message(bytes)
    var integers: [Int] = []
    while let field = try message.next() {
      #expect(try field.append(to: &integers, atMost: 4))
    }
    #expect(integers == [1, -2, 300, 4])
  }

  @Test func `a list is cut at its limit`() throws {
    let bytes = ProtobufWriter.message { $0.packed(1, Array(0..<1000)) }
    var message = Self.message(bytes)
    var integers: [Int] = []
    #expect(try message.next()?.append(to: &integers, atMost: 10) == false)
    #expect(integers.count == 10)
  }

  @Test func `groups are passed over`() throws {
    let bytes = ProtobufWriter.message { writer in
      writer.tag(5, 3)
      writer.tag(6, 3)
      writer.string(1, "inside")
      writer.tag(6, 4)
      writer.tag(5, 4)
      writer.integer(9, 1)
    }
    #expect(try Self.fields(bytes) == [9])
  }

  @Test func `groups nest to a limit`() {
    let bytes = ProtobufWriter.message { writer in
      for _ in 0..<100_000 { writer.tag(5, 3) }
    }
    #expect(throws: ByteError(.tooDeep(limit: 100), at: 100)) { try Self.fields(bytes) }
  }

  @Test func `messages nest to a limit`() throws {
    var bytes: [UInt8] = []
    for _ in 0..<200 { bytes = ProtobufWriter.message { $0.bytes(1, bytes) } }
    var message = Self.message(bytes)
    #expect(throws: ByteError.self) {
      while let field = try message.next() { message = try field.message() }
    }
  }

  @Test(
    arguments: [
      ("a length beyond the end", [0x0A, 0x05, 0x61]),
      ("a length of 2⁶⁴ − 1", [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
      ("field number zero", [0x00, 0x01]),
      ("wire type seven", [0x0F]),
      ("an unfinished integer", [0x08, 0x80]),
      ("an overlong integer", [0x08] + Array(repeating: 0xFF, count: 11)),
      ("three bytes of a 32-bit number", [0x0D, 1, 2, 3]),
      ("a group that is not closed", [0x0B, 0x08, 0x01]),
      ("a group closed by another", [0x0B, 0x14]),
      ("the end of no group", [0x0C]),
    ] as [(String, [UInt8])])
  func `wrong bytes are an error`(what: String, bytes: [UInt8]) {
    #expect(throws: ByteError.self) { try Self.fields(bytes) }
  }

  @Test func `a field of another type than expected is an error`() throws {
    var message = Self.message(ProtobufWriter.message { $0.integer(1, 5) })
    let field = try #require(try message.next())
    #expect(throws: ByteError.self) { try field.string() }
    #expect(throws: ByteError.self) { try field.float() }
    #expect(throws: ByteError.self) { try field.message() }
  }
}
