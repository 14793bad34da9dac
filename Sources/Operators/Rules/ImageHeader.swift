/// The size of an image as the header of its file says.
struct ImageHeader: Hashable {
  var width: Int
  var height: Int

  /// Reads the header of a BMP, PNG, PNM, JPEG, JPEG 2000, TIFF or WebP file.
  init?(bytes: [Int]) {
    let bytes = ImageBytes(bytes)
    let readers = [Self.bmp, Self.png, Self.pnm, Self.jpeg, Self.jpeg2000, Self.tiff, Self.webP]
    for read in readers {
      guard let size = read(bytes) else { continue }
      self = size
      return
    }
    return nil
  }

  private init?(_ width: Int?, _ height: Int?) {
    guard let width, let height, width > 0, height > 0 else { return nil }
    self.width = width
    self.height = height
  }

  /// The two sizes after the file's header.
  ///
  /// <https://learn.microsoft.com/windows/win32/api/wingdi/ns-wingdi-bitmapinfoheader>
  private static func bmp(_ bytes: ImageBytes) -> ImageHeader? {
    guard bytes.hasText("BM", at: 0), let height = bytes.little(4, at: 22) else { return nil }
    // A negative height says that the first row is the uppermost.
    return ImageHeader(bytes.little(4, at: 18), height >= 1 << 31 ? (1 << 32) - height : height)
  }

  /// The first chunk.
  ///
  /// <https://www.w3.org/TR/png-3/#11IHDR>
  private static func png(_ bytes: ImageBytes) -> ImageHeader? {
    guard bytes.hasText("PNG", at: 1), bytes.hasText("IHDR", at: 12) else { return nil }
    return ImageHeader(bytes.big(4, at: 16), bytes.big(4, at: 20))
  }

  /// Two decimal numbers after the kind.
  ///
  /// <https://netpbm.sourceforge.net/doc/pnm.html>
  private static func pnm(_ bytes: ImageBytes) -> ImageHeader? {
    guard bytes[0] == 0x50, let kind = bytes[1], 0x31...0x36 ~= kind else { return nil }
    let numbers = bytes.decimals(from: 2, count: 2)
    return numbers.count == 2 ? ImageHeader(numbers[0], numbers[1]) : nil
  }

  /// The first start-of-frame marker.
  ///
  /// <https://www.w3.org/Graphics/JPEG/itu-t81.pdf>
  private static func jpeg(_ bytes: ImageBytes) -> ImageHeader? {
    guard bytes.big(2, at: 0) == 0xFFD8 else { return nil }
    var position = 2
    while bytes[position] == 0xFF, let marker = bytes[position + 1] {
      let isFrame = 0xC0...0xCF ~= marker && ![0xC4, 0xC8, 0xCC].contains(marker)
      if isFrame {
        return ImageHeader(bytes.big(2, at: position + 7), bytes.big(2, at: position + 5))
      }
      guard let length = bytes.big(2, at: position + 2), length >= 2 else { return nil }
      position += 2 + length
    }
    return nil
  }

  /// The image header box, or the size marker of a bare codestream.
  ///
  /// <https://www.itu.int/rec/T-REC-T.800>
  private static func jpeg2000(_ bytes: ImageBytes) -> ImageHeader? {
    if bytes.big(4, at: 0) == 0xFF4F_FF51 {
      return ImageHeader(bytes.big(4, at: 8), bytes.big(4, at: 12))
    }
    guard bytes.hasText("jP  ", at: 4) else { return nil }
    for position in 12..<256 where bytes.hasText("ihdr", at: position) {
      return ImageHeader(bytes.big(4, at: position + 8), bytes.big(4, at: position + 4))
    }
    return nil
  }

  /// Tags 256 and 257 of the first directory.
  ///
  /// <https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf>
  private static func tiff(_ bytes: ImageBytes) -> ImageHeader? {
    let isLittle = bytes.hasText("II*", at: 0)
    guard isLittle || bytes.hasText("MM", at: 0) && bytes[3] == 42 else { return nil }
    func number(_ count: Int, _ position: Int) -> Int? {
      isLittle ? bytes.little(count, at: position) : bytes.big(count, at: position)
    }
    guard let start = number(4, 4), let count = number(2, start) else { return nil }
    var sizes: [Int: Int] = [:]
    for entry in 0..<count {
      let position = start + 2 + 12 * entry
      guard let tag = number(2, position), let type = number(2, position + 2) else { return nil }
      if tag == 256 || tag == 257 { sizes[tag] = number(type == 3 ? 2 : 4, position + 8) }
    }
    return ImageHeader(sizes[256], sizes[257])
  }

  /// The header of a lossy, lossless or extended file.
  ///
  /// <https://developers.google.com/speed/webp/docs/riff_container>
  private static func webP(_ bytes: ImageBytes) -> ImageHeader? {
    guard bytes.hasText("RIFF", at: 0), bytes.hasText("WEBP", at: 8) else { return nil }
    if bytes.hasText("VP8 ", at: 12) {
      return ImageHeader(
        bytes.little(2, at: 26).map { $0 & 0x3FFF }, bytes.little(2, at: 28).map { $0 & 0x3FFF })
    }
    if bytes.hasText("VP8L", at: 12), let bits = bytes.little(4, at: 21) {
      return ImageHeader(bits & 0x3FFF + 1, (bits >> 14) & 0x3FFF + 1)
    }
    return ImageHeader(
      bytes.little(3, at: 24).map { $0 + 1 }, bytes.little(3, at: 27).map { $0 + 1 })
  }
}

/// Bytes that may end too early.
private struct ImageBytes {
  private let bytes: [Int]

  init(_ bytes: [Int]) { self.bytes = bytes }

  subscript(position: Int) -> Int? {
    bytes.indices.contains(position) ? bytes[position] & 0xFF : nil
  }

  func hasText(_ text: StaticString, at position: Int) -> Bool {
    (0..<text.utf8CodeUnitCount).allSatisfy { index in
      self[position + index] == text.withUTF8Buffer { Int($0[index]) }
    }
  }

  /// An unsigned number of at most 4 bytes, the highest first.
  func big(_ count: Int, at position: Int) -> Int? {
    var value = 0
    for index in 0..<count {
      guard let byte = self[position + index] else { return nil }
      value = value << 8 | byte
    }
    return value
  }

  /// An unsigned number of at most 4 bytes, the lowest first.
  func little(_ count: Int, at position: Int) -> Int? {
    var value = 0
    for index in 0..<count {
      guard let byte = self[position + index] else { return nil }
      value |= byte << (8 * index)
    }
    return value
  }

  /// Decimal numbers of at most nine digits, between blanks and comments.
  func decimals(from start: Int, count: Int) -> [Int] {
    var numbers: [Int] = []
    var digits = ""
    var isComment = false
    var position = start
    while let byte = self[position], numbers.count < count {
      position += 1
      if byte == 0x23 { isComment = true }
      if isComment {
        isComment = byte != 0x0A
      } else if 0x30...0x39 ~= byte, digits.count < 9 {
        digits.append(Character(Unicode.Scalar(UInt8(byte))))
      } else if let number = Int(digits) {
        numbers.append(number)
        digits = ""
      }
    }
    return numbers
  }
}
