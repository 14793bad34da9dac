/// How much room text takes in a terminal, and how to make it take more or less.
///
/// Widths follow Unicode's East Asian Width in its broad lines:
/// <https://www.unicode.org/reports/tr11/>.
enum DisplayWidth {
  /// The columns that text takes; text must hold no control characters.
  static func of(_ text: some StringProtocol) -> Int {
    if text.isPrintableASCII { return text.utf8.count }
    // No need to look for characters of several scalars, which takes long.
    if text.unicodeScalars.allSatisfy(isPlain) { return text.unicodeScalars.count }
    return text.reduce(0) { $0 + of($1) }
  }

  /// Whether a scalar takes one column for sure: Latin letters, and what reports draw and write with.
  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    // Latin; hyphens, dashes and the ellipsis; arrows; boxes and blocks; the check mark and the cross.
    case 0x20...0x7E, 0xA1...0xAC, 0xAE...0x2FF, 0x2010...0x2027, 0x2190...0x2193, 0x2500...0x259F,
      0x2713, 0x2717:
      true
    default: false
    }
  }

  /// The columns of one user-perceived character: those of its widest part.
  static func of(_ character: Character) -> Int {
    character.unicodeScalars.map(of).max() ?? 0
  }

  private static func of(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: 0
    default: isWide(scalar.value) || scalar.properties.isEmojiPresentation ? 2 : 1
    }
  }

  private static func isWide(_ code: UInt32) -> Bool {
    switch code {
    // Hangul Jamo; CJK radicals to Yi; Hangul syllables; compatibility ideographs and forms;
    // full-width forms; the supplementary ideographic planes.
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
      true
    default: false
    }
  }
}

extension String {
  /// The text with control characters made visible, since names come from files that anyone wrote.
  var withoutControlCharacters: String {
    guard !isPrintableASCII, unicodeScalars.contains(where: \.isUnprintable) else { return self }
    return String(
      String.UnicodeScalarView(unicodeScalars.map { $0.isUnprintable ? "\u{FFFD}" : $0 }))
  }

  /// The text with blanks after it up to a width.
  func padded(to width: Int) -> String { self + blanks(width - DisplayWidth.of(self)) }

  /// The text with blanks before it up to a width.
  func rightAligned(to width: Int) -> String { blanks(width - DisplayWidth.of(self)) + self }

  /// The text cut in the middle, where long names differ least, to fit a width.
  func truncatedInMiddle(to width: Int) -> String {
    guard DisplayWidth.of(self) > width else { return self }
    guard width > 1 else { return width == 1 ? "…" : "" }
    let room = width - 1
    let tail = String(reversed().prefix(fitting: room / 2).reversed())
    return prefix(fitting: room - DisplayWidth.of(tail)) + "…" + tail
  }

  /// The text cut at the end to fit a width.
  func truncated(to width: Int) -> String {
    guard DisplayWidth.of(self) > width else { return self }
    return width > 0 ? prefix(fitting: width - 1) + "…" : ""
  }

  /// The text broken at blanks into lines of at most a width; longer words stand alone.
  func wrapped(to width: Int) -> [String] {
    var lines: [String] = []
    for word in split(separator: " ") {
      if let last = lines.last, DisplayWidth.of(last) + 1 + DisplayWidth.of(word) <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}

extension StringProtocol {
  /// Whether every byte is a character of one column, as nearly all names are.
  fileprivate var isPrintableASCII: Bool {
    utf8.withContiguousStorageIfAvailable { $0.allSatisfy { 0x20...0x7E ~= $0 } } ?? false
  }
}

extension Sequence<Character> {
  /// The longest beginning that fits a width.
  fileprivate func prefix(fitting width: Int) -> String {
    var left = width
    var result = ""
    for character in self {
      left -= DisplayWidth.of(character)
      guard left >= 0 else { break }
      result.append(character)
    }
    return result
  }
}

extension Unicode.Scalar {
  /// Whether a terminal would act on the character instead of showing it.
  fileprivate var isUnprintable: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    // Overrides of the writing direction could make a name look like another.
    case .format: 0x202A...0x202E ~= value || 0x2066...0x2069 ~= value
    default: false
    }
  }
}

func blanks(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
