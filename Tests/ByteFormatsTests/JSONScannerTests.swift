import ByteFormats
import Testing

@Suite struct JSONScannerTests {
  private func value(_ text: String) throws -> JSONValue { try value(Array(text.utf8)) }

  private func value(_ bytes: [UInt8]) throws -> JSONValue {
    try JSONValue(MappedFile(bytes, path: "test.json"))
  }

  @Test(arguments: [
    ("0", JSONNumber.integer(0)),
    ("-7", .integer(-7)),
    ("9223372036854775807", .integer(.max)),
    ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .text("9223372036854775808")),
    ("18446744073709551616", .text("18446744073709551616")),
    ("1.5", .text("1.5")),
    ("1e3", .text("1e3")),
    ("-Infinity", .text("-Infinity")),
  ])
  func `a number is an exact integer or its text`(text: String, expected: JSONNumber) throws {
    #expect(try value(" \(text) ") == .number(expected))
  }

  @Test func `the text of a number still has a value`() throws {
    #expect(try value("1.5e2").double == 150)
    #expect(try value("Infinity").double == .infinity)
    #expect(try value("NaN").double?.isNaN == true)
  }

  @Test(arguments: [
    (#""plain""#, "plain"),
    (#""""#, ""),
    (#""a\"b\\c\/d\b\f\n\r\t""#, "a\"b\\c/d\u{8}\u{C}\n\r\t"),
    (#""\u00e9 \u2713""#, "é ✓"),
    (#""\ud83d\ude00""#, "😀"),
    (#""héllo""#, "héllo"),
    (#""a\u0000b""#, "a\0b"),
  ])
  func `strings are unescaped`(text: String, expected: String) throws {
    #expect(try value(text).string == expected)
  }

  @Test(arguments: [
    (#""plain""#, "plain"), (#""""#, ""), (#""a\"b\\c\n""#, "a\"b\\c\n"),
    (#""\ud83d\ude00 é""#, "😀 é"),
  ])
  func `a string that is passed over is read from where it stands`(
    text: String, expected: String
  ) throws {
    var scanner = JSONScanner(MappedFile(Array(" [\(text), 1]".utf8), path: "test.json"))
    try scanner.beginArray()
    #expect(try scanner.nextElement())
    let range = try scanner.skipString()
    #expect(try scanner.text(in: range) == expected)
    #expect(try scanner.nextElement())
    #expect(try scanner.readInteger() == 1)
  }

  @Test func `a part of a string is read up to its end`() throws {
    let text = #""one\ntwo\nthree""#
    var scanner = JSONScanner(MappedFile(Array(text.utf8), path: "test.json"))
    let range = try scanner.skipString()
    let part = range.lowerBound + 5..<range.lowerBound + 8
    #expect(try scanner.text(in: part) == "two")
    #expect(try scanner.text(in: range.lowerBound..<part.upperBound) == "one\ntwo")
  }

  /// Short texts are kept by their length and two runs of their bytes.
  @Test func `texts that differ in one byte are told apart`() throws {
    var texts: [String] = []
    for count in 1...20 {
      for place in 0..<count {
        let bytes = (0..<count).map { UInt8(ascii: $0 == place ? "b" : "a") }
        texts.append(String(decoding: bytes, as: UTF8.self))
      }
    }
    texts += texts.reversed()
    let json = "[" + texts.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
    #expect(try value(json).elements.compactMap(\.string) == texts)
  }

  @Test(arguments: [
    ("", "expected a JSON value in UTF-8, found the end of the text, at byte 0"),
    ("[1,]", "expected a JSON value in UTF-8, found \"]\", at byte 3"),
    ("[1 2]", "expected a comma or \"]\", found \"2\", at byte 3"),
    ("{\"a\":1,}", "expected a string, found \"}\", at byte 7"),
    ("{\"a\" 1}", "expected a colon, found \"1\", at byte 5"),
    ("{1:2}", "expected a string, found \"1\", at byte 1"),
    ("tru", "expected \"true\", found \"t\", at byte 0"),
    ("01", "expected a number, found a leading zero, at byte 0"),
    ("1.", "expected a digit, found the end of the text, at byte 2"),
    ("-", "expected a digit, found the end of the text, at byte 1"),
    ("{} x", "expected the end of the JSON text, found \"x\", at byte 3"),
    ("{}\0", "expected the end of the JSON text, found a byte of value 0, at byte 2"),
    ("\"\\ud800\"", "expected a pair of surrogates, found half of one, at byte 1"),
    ("\"\\ud800\\n\"", "expected a pair of surrogates, found half of one, at byte 1"),
    ("\"\\ud800\\u0041\"", "expected a pair of surrogates, found half of one, at byte 1"),
    ("\"\\udc00\"", "expected a pair of surrogates, found half of one, at byte 1"),
    ("\"\\u12g4\"", "expected four hexadecimal digits, found \"g\", at byte 5"),
    ("\"\\x\"", "expected an escaped character, found \"x\", at byte 2"),
    (
      "\"a\nb\"",
      "expected a string without control characters, found a byte of value 10, at byte 2"
    ),
    ("\"a", "expected the end of a string, found the end of the text, at byte 2"),
  ])
  func `what is no JSON is refused where it stands`(text: String, message: String) {
    let error = #expect(throws: ByteError.self) { try value(text) }
    #expect(error?.description == message)
  }

  @Test(
    arguments: [
      [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0x5C, 0x6E, 0xFF, 0x22],
    ] as [[UInt8]])
  func `a string that is no UTF-8 is refused`(bytes: [UInt8]) {
    #expect(throws: ByteError.self) { try value(bytes) }
  }

  @Test func `UTF-16 and a byte order mark are refused`() {
    #expect(throws: ByteError.self) { try value([0xFF, 0xFE, 0x7B, 0, 0x7D, 0]) }
    #expect(throws: ByteError.self) { try value([0xEF, 0xBB, 0xBF, 0x7B, 0x7D]) }
  }

  @Test func `nesting is read to a limit`() throws {
    let limit = JSONScanner.maximumDepth
    let nested = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
    #expect(throws: Never.self) { try value(nested(limit)) }
    let error = #expect(throws: ByteError.self) { try value(nested(limit + 1)) }
    #expect(error?.problem == .tooDeep(limit: limit))
    #expect(throws: ByteError.self) { try value(String(repeating: "{\"a\":", count: 100_000)) }
  }

  @Test func `both of two equal keys are seen`() throws {
    let document = try value(#"{"a": 1, "b": 2, "a": 3}"#)
    #expect(document.members.map(\.key) == ["a", "b", "a"])
    #expect(document.duplicateKeys == ["a"])
    #expect(document["a"]?.integer == 3)
  }

  @Test func `what is not wanted is passed over`() throws {
    let text = #"{"skip": {"x": [1, {"y": null}], "z": "}"}, "keep": 7}"#
    var scanner = JSONScanner(MappedFile(Array(text.utf8), path: "test.json"))
    try scanner.beginObject()
    var kept: [Int] = []
    while let key = try scanner.nextKey() {
      if key == "keep" { kept.append(try scanner.readInteger()) } else { try scanner.skipValue() }
    }
    try scanner.finish()
    #expect(kept == [7])
  }

  @Test(arguments: ["1.0", "1e2", "99999999999999999999", "\"1\"", "null"])
  func `only an integer is an integer`(text: String) {
    var scanner = JSONScanner(MappedFile(Array(text.utf8), path: "test.json"))
    #expect(throws: ByteError.self) { try scanner.readInteger() }
  }

  @Test func `a scanner stays within its range`() throws {
    var scanner = JSONScanner(MappedFile(Array("xx[1]yy".utf8), path: "test.json"), range: 2..<5)
    try scanner.skipValue()
    try scanner.finish()
    #expect(scanner.offset == 5)
  }

  @Test(
    arguments: [
      ("", nil), ("abab", nil), ("abcab", 5), ("xabcab", 6), ("abcababcab", 10), ("abcabcab", 8),
      ("abcabx", 5), ("aabcabaaaaaaaaa", 6),
    ] as [(String, Int?)])
  func `the last place of a text is found`(text: String, expected: Int?) {
    let scanner = JSONScanner(MappedFile(Array(text.utf8), path: "test.json"))
    #expect(scanner.offsetAfterLast("abcab") == expected)
  }

  @Test func `a document cut anywhere is an error`() throws {
    let text = Array(#"{"a": [1, -2.5e3, true, null], "b\u00e9": {"c": "😀"}}"#.utf8)
    #expect(throws: Never.self) { try value(text) }
    for length in text.indices {
      #expect(throws: ByteError.self) { try value(Array(text.prefix(length))) }
    }
  }

  @Test func `no changed byte traps`() {
    let text = Array(#"{"a": [1, -2.5e3, true, null], "b\ud83d\ude00": {"c": "x\ny"}}"#.utf8)
    for index in text.indices {
      for byte in UInt8.min...UInt8.max {
        var changed = text
        changed[index] = byte
        _ = try? value(changed)
      }
    }
  }
}
