/// A number as JSON writes it: exact if it is an integer that fits, else its text.
public enum JSONNumber: Hashable, Sendable {
  case integer(Int)
  case text(String)

  /// The nearest floating-point number.
  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .text("NaN"): .nan
    case .text("Infinity"): .infinity
    case .text("-Infinity"): -.infinity
    case .text(let digits): Double(digits)
    }
  }
}

extension JSONScanner {
  /// Reads an integer.
  ///
  /// - Throws: ``ByteError`` if the number has a fraction or an exponent, or does not fit.
  public mutating func readInteger() throws(ByteError) -> Int {
    skipWhitespace()
    if let count = readCount() { return count }
    let start = offset
    switch try readNumber() {
    case .integer(let value): return value
    case .text(let text):
      throw ByteError(.malformed(expected: "an integer", found: text.shortened(to: 40)), at: start)
    }
  }

  /// Reads a number of a few digits and nothing else, as sizes are; leaves any other where it is.
  private mutating func readCount() -> Int? {
    let last = min(end, offset + Self.longestCount)
    var (position, value) = (offset, 0)
    while position < last, case let digit = bytes[position] &- 0x30, digit < 10 {
      value = value * 10 + Int(digit)
      position += 1
    }
    guard position > offset, position < last, bytes[position].endsInteger,
      position == offset + 1 || bytes[offset] != UInt8(ascii: "0")
    else { return nil }
    offset = position
    endValue()
    return value
  }

  /// As many digits always fit.
  private static let longestCount = 18

  /// Reads a number, also one of the three that Python writes and JSON does not know.
  public mutating func readNumber() throws(ByteError) -> JSONNumber {
    skipWhitespace()
    let start = offset
    if current == UInt8(ascii: "-") { offset += 1 }
    switch current {
    case UInt8(ascii: "N"): try consume(word: "NaN")
    case UInt8(ascii: "I"): try consume(word: "Infinity")
    default:
      let isInteger = try skipDecimal()
      if isInteger, let value = integer(in: start..<offset) {
        endValue()
        return .integer(value)
      }
    }
    endValue()
    return .text(String(decoding: slice(start..<offset), as: UTF8.self))
  }

  /// Passes over digits, fraction and exponent; tells whether there were only digits.
  private mutating func skipDecimal() throws(ByteError) -> Bool {
    let start = offset
    try skipDigits()
    if offset - start > 1, slice(start..<start + 1)[0] == UInt8(ascii: "0") {
      throw ByteError(.malformed(expected: "a number", found: "a leading zero"), at: start)
    }
    var isInteger = true
    if current == UInt8(ascii: ".") {
      offset += 1
      try skipDigits()
      isInteger = false
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      offset += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset += 1 }
      try skipDigits()
      isInteger = false
    }
    return isInteger
  }

  private mutating func skipDigits() throws(ByteError) {
    let start = offset
    while let byte = current, 0x30...0x39 ~= byte { offset += 1 }
    guard offset > start else { throw unexpected("a digit") }
  }

  /// The value of digits with an optional sign; `nil` if it does not fit.
  private func integer(in range: Range<Int>) -> Int? {
    var digits = slice(range)[...]
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative { digits = digits.dropFirst() }
    // Summed below zero, where one more number fits.
    var value = 0
    for digit in digits {
      let (product, productOverflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, sumOverflows) = product.subtractingReportingOverflow(Int(digit) - 0x30)
      guard !productOverflows, !sumOverflows else { return nil }
      value = sum
    }
    guard !isNegative else { return value }
    return value == .min ? nil : -value
  }
}

extension UInt8 {
  /// Whether an integer that it follows goes no further: no digit, no fraction, no exponent.
  fileprivate var endsInteger: Bool {
    switch self {
    case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","), 0x20, 0x0A, 0x0D, 0x09: true
    default: false
    }
  }
}

extension String {
  /// The text, cut to a number of characters.
  package func shortened(to count: Int) -> String {
    let start = prefix(count)
    return start.endIndex == endIndex ? self : start + "…"
  }
}
