import ByteFormats
import TestSupport
import Testing

@Suite struct ZipArchiveTests {
  private func archive(_ writer: ZipWriter) throws -> ZipArchive {
    try ZipArchive(MappedFile(writer.bytes, path: "a.zip"))
  }

  @Test(arguments: [false, true])
  func `a stored member is a range of the file`(isWide: Bool) throws {
    var writer = ZipWriter([.init("a/b", [7, 8]), .init("c", [9])])
    writer.isWide = isWide
    let bytes = writer.bytes
    let archive = try ZipArchive(MappedFile(bytes, path: "a.zip"))
    #expect(archive.entries.map(\.name) == ["a/b", "c"])
    let entry = try #require(archive["c"])
    #expect(try bytes[archive.range(of: entry)].elementsEqual([9]))
  }

  @Test func `a comment after the directory does no harm`() throws {
    var bytes = ZipWriter([.init("a")]).bytes
    bytes[bytes.count - 2] = 3
    let archive = try ZipArchive(MappedFile(bytes + [0x50, 0x4B, 5], path: "a.zip"))
    #expect(archive.entries.map(\.name) == ["a"])
  }

  @Test(arguments: [
    (ZipWriter([.init("a"), .init("a")]), "expected every name once, found \"a\" twice"),
    (ZipWriter([.init("../a")]), "expected a path inside the archive, found \"../a\""),
    (ZipWriter([.init("/a")]), "expected a path inside the archive, found \"/a\""),
    (ZipWriter([.init("a\\b")]), "expected a path inside the archive"),
    (ZipWriter([.init("a", claimedOffset: 4000)]), "expected a member before byte 34"),
    (ZipWriter([.init("a", claimedOffset: 3)]), "expected a member before byte 34"),
  ])
  func `a directory that lies is refused`(writer: ZipWriter, message: String) throws {
    let error = try #require(throws: ByteError.self) { try archive(writer) }
    #expect(error.description.contains(message), "\(error)")
    #expect(error.offset > 0)
  }

  @Test(arguments: [0, 3, 9, UInt16.max] as [UInt16])
  func `a count of members that lies is refused`(count: UInt16) {
    var writer = ZipWriter([.init("a"), .init("b")])
    writer.claimedCount = count
    #expect(throws: ByteError.self) { try archive(writer) }
  }

  @Test func `a packed member is listed and not read`() throws {
    let archive = try archive(ZipWriter([.init("a", method: 8)]))
    let entry = try #require(archive["a"])
    let error = try #require(throws: ByteError.self) { try archive.range(of: entry) }
    #expect(error.description.contains("packed with method 8"))
  }

  @Test func `a header of another name is refused`() throws {
    let archive = try archive(ZipWriter([.init("a", headerName: "b")]))
    let entry = try #require(archive["a"])
    #expect(throws: ByteError.self) { try archive.range(of: entry) }
  }

  @Test func `an archive cut or changed anywhere is read or refused`() {
    var writer = ZipWriter([.init("a", [1, 2]), .init("b/c", [3])])
    writer.isWide = true
    let bytes = writer.bytes
    for index in bytes.indices {
      for changed in [Array(bytes.prefix(index)), flipped(bytes, index)] {
        guard let archive = try? ZipArchive(MappedFile(changed, path: "a.zip")) else { continue }
        for entry in archive.entries {
          guard let range = try? archive.range(of: entry) else { continue }
          #expect(range.upperBound <= changed.count)
        }
      }
    }
  }

  /// What zlib makes of the text, at the levels that give each kind of block.
  private static let packed: [(text: String, bytes: [UInt8])] = [
    ("abc", [1, 3, 0, 252, 255, 97, 98, 99]),
    ("hello hello hello", [203, 72, 205, 201, 201, 87, 200, 64, 144, 0]),
    (
      "bfeabfdgfafadbebbhdeedcgabgaechag aa fab abdfhch cch fdabaaadbbgc gbcecfbefcfbbgabfghahbeffahgbgfbbaadgdab acaabc caaff achfbebebabaaafeabcbfbahabbbaccdecgfgeaf",
      [
        29, 142, 129, 9, 69, 81, 8, 66, 87, 185, 171, 169, 165, 237, 63, 193, 247, 125, 34, 193,
        240, 72, 244, 130, 158, 24, 198, 112, 201, 155, 221, 81, 192, 96, 117, 200, 3, 158, 193, 7,
        142, 79, 247, 212, 245, 128, 64, 243, 140, 94, 168, 149, 185, 174, 20, 162, 115, 184, 90,
        227, 194, 244, 214, 96, 230, 107, 16, 64, 189, 170, 93, 115, 101, 58, 255, 166, 239, 9,
        209, 196, 129, 5, 164, 89, 197, 89, 248, 7,
      ]
    ),
  ]

  @Test func `packed members are unpacked as zlib packs them`() throws {
    for (text, bytes) in Self.packed {
      let file = ZipWriter([.init("a", bytes, method: 8, plainByteCount: text.utf8.count)]).bytes
      let archive = try ZipArchive(MappedFile(file, path: "a.zip"))
      let (unpacked, range) = try archive.contents(of: #require(archive["a"]), limit: 1000)
      #expect(unpacked.withBytes { String(decoding: $0[range], as: UTF8.self) } == text)
      #expect(throws: ByteError.self) {
        try archive.contents(of: #require(archive["a"]), limit: text.utf8.count - 1)
      }
    }
  }

  @Test func `damaged packed members are refused or unpacked to something else`() throws {
    for (text, bytes) in Self.packed {
      for index in bytes.indices {
        for bit in 0..<8 {
          var damaged = bytes
          damaged[index] ^= 1 << UInt8(bit)
          let file = ZipWriter([.init("a", damaged, method: 8, plainByteCount: text.utf8.count)])
          let archive = try ZipArchive(MappedFile(file.bytes, path: "a.zip"))
          let contents = try? archive.contents(of: #require(archive["a"]), limit: 1000)
          #expect(contents?.range.count ?? 0 <= 1000)
        }
      }
    }
  }

  private func flipped(_ bytes: [UInt8], _ index: Int) -> [UInt8] {
    var bytes = bytes
    bytes[index] ^= 0xFF
    return bytes
  }
}
