import Testing

@testable import Reports

@Suite struct DisplayWidthTests {
  @Test func `characters take the columns that terminals give them`() {
    let table: [(String, Int)] = [
      ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("한글", 4), ("🙂", 2),
      ("a\u{200B}b", 2), ("█▏", 2), ("→", 1),
    ]
    for (text, width) in table { #expect(DisplayWidth.of(text) == width, "\(text)") }
  }

  @Test func `long names are cut in the middle`() {
    let table: [(String, Int, String)] = [
      ("layer1.conv", 11, "layer1.conv"), ("layer1.0.conv1", 9, "laye…onv1"),
      ("abcdef", 1, "…"), ("abcdef", 0, ""), ("漢字漢字漢字", 7, "漢…字"),
    ]
    for (text, width, expected) in table {
      let cut = text.truncatedInMiddle(to: width)
      #expect(DisplayWidth.of(cut) <= width)
      if text.unicodeScalars.allSatisfy(\.isASCII) { #expect(cut == expected) }
    }
  }

  @Test func `text from files cannot steer a terminal`() {
    let text = "a\u{1B}[31mb\u{7}\r\n\u{202E}c".withoutControlCharacters
    #expect(text == "a\u{FFFD}[31mb\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}c")
  }

  @Test func `words wrap and long words stand alone`() {
    #expect("one two three".wrapped(to: 7) == ["one two", "three"])
    #expect("overlong x".wrapped(to: 4) == ["overlong", "x"])
    #expect("".wrapped(to: 4).isEmpty)
  }

  @Test func `what is there at all has a bar`() {
    #expect(Bar.text(0, width: 10) == "")
    #expect(Bar.text(0.0001, width: 10) == "▏")
    #expect(Bar.text(0.5, width: 10) == "█████")
    #expect(Bar.text(1, width: 10) == "██████████")
    #expect(Bar.text(7, width: 2) == "██")
    #expect(Bar.text(.nan, width: 2) == "")
  }
}
