import Testing

@testable import Operators

@Suite struct ImageHeaderTests {
  private static let jpeg =
    [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 1, 1, 0xFF, 0xC0, 0, 11, 8, 0, 32, 0, 64, 3]
  private static let tiff =
    Array("II*".utf8).map(Int.init) + [0, 8, 0, 0, 0, 2, 0]
    + [0, 1, 3, 0, 1, 0, 0, 0, 64, 0, 0, 0] + [1, 1, 3, 0, 1, 0, 0, 0, 32, 0, 0, 0]

  @Test(arguments: [
    Array("P6 # made by hand\n64 32\n255\n".utf8).map(Int.init), jpeg, tiff,
    [0xFF, 0x4F, 0xFF, 0x51, 0, 41, 0, 0, 0, 0, 0, 64, 0, 0, 0, 32],
    [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
      + [0, 0, 0, 64, 0, 0, 0, 32],
    Array("RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0".utf8).map(Int.init) + [63, 0, 0, 31, 0, 0],
  ])
  func `the header tells the size`(bytes: [Int]) {
    let size = ImageHeader(bytes: bytes)
    #expect(size?.width == 64)
    #expect(size?.height == 32)
    for count in bytes.indices { _ = ImageHeader(bytes: Array(bytes.prefix(count))) }
  }

  @Test func `other bytes have no size`() {
    #expect(ImageHeader(bytes: []) == nil)
    #expect(ImageHeader(bytes: Array(repeating: 0xFF, count: 64)) == nil)
  }
}
