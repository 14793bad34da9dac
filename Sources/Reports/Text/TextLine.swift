/// A line for the terminal whose width is known although it may hold colour.
struct TextLine: Hashable, Sendable {
  /// The text with the codes of its colours.
  private(set) var text: String
  private(set) var width: Int

  init() {
    text = ""
    width = 0
  }

  init(_ text: String, _ style: Palette.Style? = nil, in palette: Palette = .plain) {
    self.text = style.map { palette($0, text) } ?? text
    width = DisplayWidth.of(text)
  }

  mutating func append(_ other: TextLine) {
    text += other.text
    width += other.width
  }

  /// Adds blanks up to a width.
  mutating func pad(to target: Int) {
    text += blanks(target - width)
    width = max(width, target)
  }

  func indented(by count: Int) -> TextLine {
    var line = TextLine(blanks(count))
    line.append(self)
    return line
  }

  /// The text without blanks at its end.
  var trimmed: String {
    guard let last = text.lastIndex(where: { $0 != " " }) else { return "" }
    return String(text[...last])
  }
}
