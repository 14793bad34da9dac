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

  private func flipped(_ bytes: [UInt8], _ index: Int) -> [UInt8] {
    var bytes = bytes
    bytes[index] ^= 0xFF
    return bytes
  }
}
