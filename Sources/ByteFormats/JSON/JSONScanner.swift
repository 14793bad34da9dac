/// A cursor over the JSON text in a run of untrusted bytes.
///
/// The caller pulls what it wants and skips the rest, so a header of 50,000 tensors is gone through
/// once and no tree of it is built:
///
/// ```swift
/// try scanner.beginObject()
/// while let key = try scanner.nextKey() {
///   if key == "shape" { … } else { try scanner.skipValue() }
/// }
/// ```
///
/// Every key is reported, also when it was there before.
/// Grammar: <https://www.rfc-editor.org/rfc/rfc8259>
public struct JSONScanner {
  // The bytes belong to the file, which is held here so that they outlive the scanner.
  private let file: MappedFile
  let bytes: UnsafeRawBufferPointer

  /// The position of the next byte, counted from the start of the file.
  public internal(set) var offset: Int

  /// The position after the last byte of the text.
  public let end: Int

  /// Why the text is not here; the text then seems empty, and every complaint about it says this.
  private let failure: ByteError?

  /// The short texts that were read last.
  var known = KnownTexts()

  private var depth = 0
  private var needsComma = false

  /// The deepest nesting that is read.
  public static let maximumDepth = 128

  /// Makes a scanner of a part of a file; what lies beyond the end of the file is left out.
  public init(_ file: MappedFile, range: Range<Int>? = nil) {
    self.file = file
    bytes = file.withBytes { $0 }
    let range = (range ?? 0..<file.byteCount).clamped(to: 0..<file.byteCount)
    offset = range.lowerBound
    do throws(ByteError) {
      try file.load(range)
      (end, failure) = (range.upperBound, nil)
    } catch {
      (end, failure) = (range.lowerBound, error)
    }
  }

  /// What a value is, by its first byte.
  public enum Kind: String, Hashable, Sendable {
    case object, array, string, number
    case boolean = "true or false"
    case null
  }
}

// MARK: Bytes

extension JSONScanner {
  /// The next byte; `nil` at the end.
  var current: UInt8? { offset < end ? bytes[offset] : nil }

  /// The bytes of a part of the text, which lies before ``offset``.
  package func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[range.clamped(to: 0..<end)])
  }

  /// The position after the last place at which some bytes stand; `nil` if they stand nowhere.
  ///
  /// Goes from the end in steps as long as the bytes where none of them is met, as Boyer, Moore and Horspool do.
  public func offsetAfterLast(_ text: StaticString) -> Int? {
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    var steps = [Int](repeating: wanted.count, count: 256)
    for index in wanted.indices.dropFirst().reversed() { steps[Int(wanted[index])] = index }
    var start = end - wanted.count
    while start >= offset {
      let window = bytes[start..<start + wanted.count]
      if bytes[start] == wanted[0], window.elementsEqual(wanted) { return window.endIndex }
      start -= steps[Int(bytes[start])]
    }
    return nil
  }

  /// The position of the first place in a part of the text at which some bytes stand; `nil` if they stand nowhere.
  public func offset(of text: StaticString, in range: Range<Int>) -> Int? {
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    let part = bytes[range.clamped(to: offset..<end)]
    return part.indices.first { part[$0] == wanted[0] && part[$0...].starts(with: wanted) }
  }

  mutating func skipWhitespace() {
    var next = offset
    while next < end {
      let byte = bytes[next]
      guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else {
        break
      }
      next += 1
    }
    offset = next
  }

  mutating func consume(
    _ byte: Unicode.Scalar, expecting expected: @autoclosure () -> String
  ) throws(ByteError) {
    guard let next = current, next == UInt8(ascii: byte) else { throw unexpected(expected()) }
    offset += 1
  }

  mutating func consume(word: StaticString) throws(ByteError) {
    let start = offset
    for index in 0..<word.utf8CodeUnitCount {
      guard current == word.withUTF8Buffer({ $0[index] }) else {
        offset = start
        throw unexpected("\"\(word)\"")
      }
      offset += 1
    }
  }

  /// Marks that a value comes next.
  mutating func startValue() { needsComma = false }

  /// Marks that a value has been read, so that a comma must come before the next.
  mutating func endValue() { needsComma = true }

  /// The error that something else stands at the next byte than what belongs there.
  func unexpected(_ expected: String) -> ByteError {
    if let failure { return failure }
    let found =
      switch current {
      case nil: "the end of the text"
      case let byte? where 0x21...0x7E ~= byte: "\"\(Character(Unicode.Scalar(byte)))\""
      case let byte?: "a byte of value \(byte)"
      }
    return ByteError(.malformed(expected: expected, found: found), at: offset)
  }
}

// MARK: Structure

extension JSONScanner {
  /// Tells what the next value is without reading it.
  public mutating func peek() throws(ByteError) -> Kind {
    skipWhitespace()
    switch current {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
    // NaN and Infinity, which Python writes, are numbers too.
    case UInt8(ascii: "-"), UInt8(ascii: "N"), UInt8(ascii: "I"): return .number
    case let byte? where UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte: return .number
    case UInt8(ascii: "n"): return .null
    default: throw unexpected("a JSON value in UTF-8")
    }
  }

  /// Reads the start of an object, whose keys ``nextKey()`` gives.
  public mutating func beginObject() throws(ByteError) { try begin("{", expecting: "an object") }

  /// Reads the next key of the object, whose value must then be read or skipped.
  ///
  /// - Returns: The key, or `nil` after the end of the object.
  public mutating func nextKey() throws(ByteError) -> String? {
    guard try !isAtEnd(of: "}") else { return nil }
    let key = try readText()
    try readColon()
    return key
  }

  /// Reads the start of an array, whose elements ``nextElement()`` announces.
  public mutating func beginArray() throws(ByteError) { try begin("[", expecting: "an array") }

  /// Whether the array has another element, which must be read or skipped.
  public mutating func nextElement() throws(ByteError) -> Bool {
    guard try !isAtEnd(of: "]") else { return false }
    startValue()
    return true
  }

  /// Checks that only white space is left.
  public mutating func finish() throws(ByteError) {
    skipWhitespace()
    guard current == nil else { throw unexpected("the end of the JSON text") }
  }

  mutating func readColon() throws(ByteError) {
    skipWhitespace()
    try consume(":", expecting: "a colon")
    startValue()
  }

  private mutating func begin(
    _ bracket: Unicode.Scalar, expecting expected: String
  ) throws(ByteError) {
    skipWhitespace()
    guard depth < Self.maximumDepth else {
      throw ByteError(.tooDeep(limit: Self.maximumDepth), at: offset)
    }
    try consume(bracket, expecting: expected)
    depth += 1
    startValue()
  }

  mutating func isAtEnd(of bracket: Unicode.Scalar) throws(ByteError) -> Bool {
    skipWhitespace()
    let next = current
    if next == UInt8(ascii: bracket) {
      offset += 1
      depth -= 1
      endValue()
      return true
    }
    guard needsComma else { return false }
    guard next == UInt8(ascii: ",") else { throw unexpected("a comma or \"\(bracket)\"") }
    offset += 1
    skipWhitespace()
    return false
  }
}

// MARK: Values of no interest

extension JSONScanner {
  /// Passes over the next value, whatever it is.
  public mutating func skipValue() throws(ByteError) {
    switch try peek() {
    case .object:
      try beginObject()
      while try !isAtEnd(of: "}") {
        try skipText()
        try readColon()
        try skipValue()
      }
    case .array:
      try beginArray()
      while try nextElement() { try skipValue() }
    case .string:
      try skipText()
      endValue()
    case .number: _ = try readNumber()
    case .boolean: _ = try readBoolean()
    case .null: try readNull()
    }
  }

  /// Passes over the next value if it is written as one that stands elsewhere; leaves any other where it is.
  package mutating func skipValue(writtenAs known: Range<Int>) -> Bool {
    guard known.count <= end - offset else { return false }
    let next = slice(offset..<offset + known.count)
    guard slice(known).sameByteCount(next) == known.count else { return false }
    offset += known.count
    endValue()
    return true
  }

  /// Some number that values which begin with the same bytes share; `nil` if the text ends before.
  package func mixOfNext(_ byteCount: Int) -> UInt64? {
    guard byteCount <= end - offset else { return nil }
    return KnownTexts.mix(slice(offset..<offset + byteCount))
  }

  /// Passes over the next value, of which another scanner has found out where it ends.
  public mutating func skipValue(endingAt end: Int) {
    offset = Swift.min(Swift.max(offset, end), self.end)
    endValue()
  }

  /// Passes over the rest of an array, of which another scanner has found out where it ends.
  public mutating func skipArray(endingAt end: Int) {
    skipValue(endingAt: end)
    depth -= 1
  }

  public mutating func readBoolean() throws(ByteError) -> Bool {
    skipWhitespace()
    let isTrue = current == UInt8(ascii: "t")
    try consume(word: isTrue ? "true" : "false")
    endValue()
    return isTrue
  }

  public mutating func readNull() throws(ByteError) {
    skipWhitespace()
    try consume(word: "null")
    endValue()
  }
}
