extension JSONScanner {
  /// Reads a string.
  ///
  /// - Throws: ``ByteError`` if it is no Unicode: invalid UTF-8, or half a surrogate pair.
  public mutating func readString() throws(ByteError) -> String {
    skipWhitespace()
    let text = try readText()
    endValue()
    return text
  }

  /// Reads a string that is a value or a key.
  mutating func readText() throws(ByteError) -> String {
    try consume("\"", expecting: "a string")
    let start = offset
    let last = try skipPlainText()
    let utf8 = slice(start..<offset)
    guard last == UInt8(ascii: "\"") else { return try readEscapedText(after: utf8, at: start) }
    offset += 1
    guard let key = KnownTexts.Key(utf8) else { return try readLongText(utf8, at: start) }
    if let text = known[key] { return text }
    let text = try decode(utf8, at: start)
    known.keep(text, as: key)
    return text
  }

  private mutating func readLongText(
    _ utf8: UnsafeRawBufferPointer, at start: Int
  ) throws(ByteError) -> String {
    guard KnownTexts.lengths.contains(utf8.count) else { return try decode(utf8, at: start) }
    let mix = KnownTexts.mix(utf8)
    if let text = known[utf8, mix] { return text }
    let text = try decode(utf8, at: start)
    known.keep(text, mix: mix)
    return text
  }

  /// Passes over a string, of which only the escapes are checked.
  mutating func skipText() throws(ByteError) {
    try consume("\"", expecting: "a string")
    while try skipPlainText() == UInt8(ascii: "\\") { _ = try readEscape() }
    offset += 1
  }

  /// Passes over a string whose text is not wanted yet, and returns where it stands, escapes and all.
  ///
  /// What comes again and again is told by its bytes before ``text(in:)`` reads it.
  ///
  /// - Throws: ``ByteError`` if it does not end or an escape is none.
  public mutating func skipString() throws(ByteError) -> Range<Int> {
    skipWhitespace()
    let start = offset + 1
    try skipText()
    endValue()
    return start..<offset - 1
  }

  /// Reads a string, or a part between two escapes, that was passed over.
  ///
  /// - Throws: ``ByteError`` if it is no Unicode: invalid UTF-8, or half a surrogate pair.
  public func text(in range: Range<Int>) throws(ByteError) -> String {
    var part = self
    part.offset = range.lowerBound
    var utf8: [UInt8] = []
    utf8.reserveCapacity(range.count)
    while part.offset < range.upperBound {
      let start = part.offset
      let last = try part.skipPlainText()
      utf8.append(contentsOf: slice(start..<min(part.offset, range.upperBound)))
      guard last == UInt8(ascii: "\\"), part.offset < range.upperBound else { break }
      try part.readEscape(into: &utf8)
    }
    return try text(of: utf8, at: range.lowerBound)
  }

  /// Passes over the characters up to the next quote or backslash, and returns that.
  private mutating func skipPlainText() throws(ByteError) -> UInt8 {
    skipPlainWords()
    while let byte = current {
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return byte }
      guard byte >= 0x20 else { throw unexpected("a string without control characters") }
      offset += 1
    }
    throw unexpected("the end of a string")
  }

  /// Passes over bytes by the eight, as long as no quote, backslash or control character is among them.
  private mutating func skipPlainWords() {
    let size = MemoryLayout<UInt64>.size
    var next = offset
    while end - next >= size {
      let word = bytes.loadUnaligned(fromByteOffset: next, as: UInt64.self)
      let marks = UInt64(littleEndian: word).marksOfSpecialBytes
      guard marks == 0 else {
        next += marks.trailingZeroBitCount / 8
        break
      }
      next += size
    }
    offset = next
  }

  private func decode(_ utf8: UnsafeRawBufferPointer, at start: Int) throws(ByteError) -> String {
    // Nearly all names are ASCII, and for them the standard library has the faster way.
    if utf8.isASCII { return String(decoding: utf8, as: UTF8.self) }
    return try validate(utf8, at: start)
  }

  private func validate(_ utf8: some Collection<UInt8>, at start: Int) throws(ByteError) -> String {
    guard let text = String(validating: utf8, as: UTF8.self) else {
      throw ByteError(.malformed(expected: "text in UTF-8", found: "other bytes"), at: start)
    }
    return text
  }

  /// Reads the rest of a string whose first escape stands at the next byte.
  private mutating func readEscapedText(
    after plain: UnsafeRawBufferPointer, at start: Int
  ) throws(ByteError) -> String {
    var utf8 = Array(plain)
    while current != UInt8(ascii: "\"") {
      try readEscape(into: &utf8)
      let next = offset
      _ = try skipPlainText()
      utf8.append(contentsOf: slice(next..<offset))
    }
    offset += 1
    return try text(of: utf8, at: start)
  }

  private func text(of utf8: [UInt8], at start: Int) throws(ByteError) -> String {
    if utf8.withUnsafeBytes(\.isASCII) { return String(decoding: utf8, as: UTF8.self) }
    return try validate(utf8, at: start)
  }

  private mutating func readEscape(into utf8: inout [UInt8]) throws(ByteError) {
    let scalar = try readEscape()
    if scalar.isASCII {
      utf8.append(UInt8(scalar.value))
    } else {
      utf8.append(contentsOf: Character(scalar).utf8)
    }
  }

  private mutating func readEscape() throws(ByteError) -> Unicode.Scalar {
    offset += 1
    guard let letter = current else { throw unexpected("an escaped character") }
    if letter == UInt8(ascii: "u") { return try readUnicodeEscape() }
    let scalar: Unicode.Scalar
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scalar = Unicode.Scalar(letter)
    case UInt8(ascii: "b"): scalar = "\u{8}"
    case UInt8(ascii: "f"): scalar = "\u{C}"
    case UInt8(ascii: "n"): scalar = "\n"
    case UInt8(ascii: "r"): scalar = "\r"
    case UInt8(ascii: "t"): scalar = "\t"
    default: throw unexpected("an escaped character")
    }
    offset += 1
    return scalar
  }

  /// Reads `uXXXX`, twice if it is the first half of a surrogate pair.
  private mutating func readUnicodeEscape() throws(ByteError) -> Unicode.Scalar {
    let start = offset - 1
    let first = try readHexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard 0xD800..<0xDC00 ~= first, current == UInt8(ascii: "\\") else {
      throw loneSurrogate(at: start)
    }
    offset += 1
    guard current == UInt8(ascii: "u") else { throw loneSurrogate(at: start) }
    let second = try readHexadecimal()
    guard 0xDC00..<0xE000 ~= second else { throw loneSurrogate(at: start) }
    let value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
    return Unicode.Scalar(value) ?? "\u{FFFD}"
  }

  private func loneSurrogate(at start: Int) -> ByteError {
    ByteError(.malformed(expected: "a pair of surrogates", found: "half of one"), at: start)
  }

  /// Reads the `u` of an escape and its four digits.
  private mutating func readHexadecimal() throws(ByteError) -> UInt32 {
    offset += 1
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw unexpected("four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}

extension UInt64 {
  /// One in each of its eight bytes.
  private static let ones: UInt64 = 0x0101_0101_0101_0101

  /// The highest bit of each of its eight bytes.
  fileprivate static let highBits: UInt64 = 0x8080_8080_8080_8080

  /// The highest bits of those of its bytes that are quotes, backslashes or control characters, of which the lowest is right.
  ///
  /// A byte is under a limit if subtracting the limit sets its highest bit; what is borrowed then spoils only bytes above it.
  /// Source: <https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord>
  fileprivate var marksOfSpecialBytes: UInt64 {
    let quotes = self ^ (Self.ones &* UInt64(UInt8(ascii: "\"")))
    let backslashes = self ^ (Self.ones &* UInt64(UInt8(ascii: "\\")))
    let controls = (self &- Self.ones &* 0x20) & ~self
    return
      (controls | (quotes &- Self.ones) & ~quotes | (backslashes &- Self.ones) & ~backslashes)
      & Self.highBits
  }
}

extension UnsafeRawBufferPointer {
  /// Whether all bytes are below 128.
  fileprivate var isASCII: Bool {
    let size = MemoryLayout<UInt64>.size
    var (position, seen): (Int, UInt64) = (0, 0)
    while count - position >= size {
      seen |= loadUnaligned(fromByteOffset: position, as: UInt64.self)
      position += size
    }
    return seen & UInt64.highBits == 0 && self[position...].allSatisfy { $0 < 0x80 }
  }
}
