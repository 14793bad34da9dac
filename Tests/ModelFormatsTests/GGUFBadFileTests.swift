import ByteFormats
import ModelFormats
import ModelGraph
import Testing

@Suite struct GGUFBadFileTests {
  /// The bytes of a file with one tensor, any field of which may be absurd.
  private func oneTensor(
    name: String = "w", sizes: [UInt64] = [32], code: UInt32 = 0, offset: UInt64 = 0,
    pairs: [[UInt8]] = [], tensorCount: UInt64 = 1, data: Int = 128
  ) -> [UInt8] {
    var bytes = Array("GGUF".utf8) + le(3 as UInt32) + le(tensorCount) + le(UInt64(pairs.count))
    bytes += pairs.joined()
    bytes += le(UInt64(name.utf8.count)) + Array(name.utf8) + le(UInt32(sizes.count))
    bytes += sizes.flatMap { le($0) } + le(code) + le(offset)
    while bytes.count % 32 != 0 { bytes.append(0) }
    return bytes + [UInt8](repeating: 0, count: data)
  }

  private func pair(_ key: String, _ kind: UInt32, _ value: [UInt8]) -> [UInt8] {
    le(UInt64(key.utf8.count)) + Array(key.utf8) + le(kind) + value
  }

  private func read(_ bytes: [UInt8]) throws -> Model {
    try GGUF.read(MappedFile(bytes, path: "model.gguf"))
  }

  private func message(_ bytes: [UInt8]) -> String {
    let error = #expect(throws: FormatError.self) { try read(bytes) }
    return error?.description ?? ""
  }

  @Test func `a code that no type stands for is named`() {
    #expect(message(oneTensor(code: 99)).contains("unknown tensor type 99"))
    #expect(message(oneTensor(code: 4)).contains("4 (Q4_2, withdrawn from ggml)"))
    #expect(message(oneTensor(code: 31)).contains("31 (Q4_0_4_4, withdrawn from ggml)"))
    #expect(message(oneTensor(pairs: [pair("a", 99, [0])])).contains("unknown value type 99"))
  }

  @Test func `sizes beyond reason are refused`() {
    #expect(message(oneTensor(sizes: [1 << 40, 1 << 40])).contains("implausible size shape"))
    #expect(message(oneTensor(sizes: [.max])).contains("implausible size shape"))
    #expect(message(oneTensor(offset: .max)).contains("implausible size offset"))
    #expect(message(oneTensor(tensorCount: 1 << 60)).contains("items in"))
    #expect(message(oneTensor(sizes: [33], code: 2)).contains("a multiple of 32"))
    let list = pair("tokenizer.x", 9, le(8 as UInt32) + le(1 << 60 as UInt64))
    #expect(message(oneTensor(pairs: [list])).contains("items in"))
  }

  @Test func `an alignment is a power of two in 32 bits`() throws {
    for value in [
      pair("general.alignment", 4, le(3 as UInt32)),
      pair("general.alignment", 4, le(0 as UInt32)),
      pair("general.alignment", 10, le(32 as UInt64)),
    ] {
      #expect(message(oneTensor(pairs: [value])).contains("a power of two"))
    }
    let large = try read(oneTensor(pairs: [pair("general.alignment", 4, le(1 << 31 as UInt32))]))
    #expect(large.codes.contains("missingData"))
  }

  @Test func `lists of lists are read to a limit`() throws {
    func nested(_ depth: Int) -> [UInt8] {
      let level = le(9 as UInt32) + le(1 as UInt64)
      let levels = [[UInt8]](repeating: level, count: depth - 1).joined()
      return pair("tokenizer.x", 9, levels + le(0 as UInt32) + le(0 as UInt64))
    }
    #expect(throws: Never.self) { try read(oneTensor(pairs: [nested(8)])) }
    #expect(message(oneTensor(pairs: [nested(9)])).contains("nested deeper than 8"))
    #expect(message(oneTensor(pairs: [nested(100_000)])).contains("nested deeper than 8"))
  }

  @Test func `data that does not add up is reported`() throws {
    #expect(try read(oneTensor(offset: 1 << 40)).codes.contains("missingData"))
    #expect(try read(oneTensor(data: 127)).codes.contains("missingData"))
    #expect(try read(oneTensor(data: 300)).codes.contains("trailingBytes"))
    #expect(try read(oneTensor(offset: 32, data: 160)).codes.contains("unusedBytes"))
    #expect(try read(oneTensor(offset: 4, data: 160)).codes.contains("unalignedTensor"))
    let long = String(repeating: "n", count: 100)
    #expect(try read(oneTensor(name: long)).codes.contains("longName"))
    #expect(try read(oneTensor(sizes: [32, 1, 1, 1, 1])).codes.contains("manyAxes"))
  }

  @Test func `two of one name are refused`() {
    let key = pair("a", 0, [1])
    #expect(message(oneTensor(pairs: [key, key])).contains("every key once, found \"a\" twice"))
  }
}

private func le<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian, Array.init)
}
