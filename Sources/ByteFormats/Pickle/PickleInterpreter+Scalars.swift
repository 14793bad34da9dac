extension PickleInterpreter {
  /// Reads a count of four bytes that Python takes for a signed number.
  mutating func readCount32() throws(ByteError) -> Int {
    let count = try reader.read(Int32.self)
    guard count >= 0 else { throw ByteError(.implausibleSize("\(count) bytes"), at: position) }
    return Int(count)
  }

  /// Reads a line without its end.
  mutating func readLine() throws(ByteError) -> String {
    let start = reader.offset
    var ahead = reader
    var count = 0
    while try ahead.read(UInt8.self) != UInt8(ascii: "\n") {
      count += 1
      guard count <= Limit.line else {
        throw ByteError(.implausibleSize("a line of more than \(Limit.line) bytes"), at: start)
      }
    }
    let line = try reader.readBytes(byteCount: count)
    try reader.skip(byteCount: 1)
    // Every byte is a letter: what is beyond these, Python escapes.
    return String(String.UnicodeScalarView(line.map { Unicode.Scalar($0) }))
  }

  // MARK: Numbers

  /// Takes a decimal number, perhaps with an L at its end; `00` and `01` mean truth values.
  mutating func pushInteger(ofLine line: String) throws(ByteError) {
    if line == "00" { return try push(.boolean(false)) }
    if line == "01" { return try push(.boolean(true)) }
    let digits = line.hasSuffix("L") ? String(line.dropLast()) : line
    if let value = Int(digits) { return try push(.integer(value)) }
    let unsigned = digits.hasPrefix("-") ? digits.dropFirst() : digits[...]
    guard !unsigned.isEmpty, unsigned.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else {
      throw malformed("a decimal number", "something else")
    }
    let end = reader.offset - 1
    try push(.wideInteger(try stretch(end - line.utf8.count..<end)))
  }

  mutating func pushNumber(ofLine line: String) throws(ByteError) {
    guard let value = Double(line) else { throw malformed("a number", "something else") }
    try push(.number(value))
  }

  /// Reads a little-endian two's complement integer of any length.
  mutating func pushLong(byteCount: Int) throws(ByteError) {
    guard byteCount <= 8 else {
      let bytes = try reader.readSlice(byteCount: byteCount)
      return try push(.wideInteger(try stretch(bytes.offset..<bytes.end)))
    }
    let bytes = try reader.readBytes(byteCount: byteCount)
    var value = bytes.last.map { $0 >= 0x80 ? -1 : 0 } ?? 0
    for byte in bytes.reversed() { value = value << 8 | Int(byte) }
    try push(.integer(value))
  }

  // MARK: Texts and bytes

  /// Reads a text; one that is too long for a name stays in the file.
  mutating func pushText(byteCount: Int) throws(ByteError) {
    guard byteCount <= Limit.text else { return try pushBytes(byteCount: byteCount) }
    try pushText(try reader.readString(byteCount: byteCount))
  }

  mutating func pushBytes(byteCount: Int) throws(ByteError) {
    let bytes = try reader.readSlice(byteCount: byteCount)
    try push(.bytes(try stretch(bytes.offset..<bytes.end)))
  }

  /// The text of a Python literal such as `'weight'`; escapes but for quotes stay as they are.
  static func unquoted(_ line: String) -> String {
    guard let quote = line.first, line.count >= 2, line.last == quote, "'\"".contains(quote) else {
      return line
    }
    return String(line.dropFirst().dropLast())
      .replacing("\\\(quote)", with: "\(quote)").replacing("\\\\", with: "\\")
  }

  /// A text with `\u00e9` and its kin replaced by what they mean.
  static func unescaped(_ line: String) -> String {
    guard line.contains("\\") else { return line }
    var result = String.UnicodeScalarView()
    var rest = line.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "\\", let kind = rest.first, let count = escapeLengths[kind],
        let code = UInt32(String(rest.dropFirst().prefix(count)), radix: 16),
        let meant = Unicode.Scalar(code)
      else {
        result.append(scalar)
        continue
      }
      rest = rest.dropFirst(1 + count)
      result.append(meant)
    }
    return String(result)
  }

  private static let escapeLengths: [Unicode.Scalar: Int] = ["u": 4, "U": 8, "x": 2]
}
