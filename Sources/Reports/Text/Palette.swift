/// How words are set off in a terminal; without colour, not at all.
public struct Palette: Hashable, Sendable {
  /// Whether the terminal shows colour.
  public var isColored: Bool

  public static let plain = Palette(isColored: false)
  public static let colored = Palette(isColored: true)

  public init(isColored: Bool) { self.isColored = isColored }

  /// The codes of ECMA-48, "select graphic rendition".
  enum Style: String {
    case strong = "1"
    case faint = "2"
    case good = "32"
    case warning = "33"
    case bad = "31"
    case picture = "36"
  }

  func callAsFunction(_ style: Style, _ text: String) -> String {
    guard isColored, !text.isEmpty else { return text }
    return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
  }
}
