/// A piece of HTML or XML, in which text from outside cannot become markup.
///
/// What is interpolated into a literal is escaped unless it is such a piece itself:
///
/// ```swift
/// let cell: Markup = "<td>\(name)</td>"
/// ```
struct Markup: Hashable, Sendable, ExpressibleByStringInterpolation {
  private(set) var text: String

  init(stringLiteral value: String) { text = value }
  init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { text += literal }
    mutating func appendInterpolation(_ piece: Markup) { text += piece.text }
    mutating func appendInterpolation(_ pieces: [Markup]) {
      for piece in pieces { text += piece.text }
    }
    mutating func appendInterpolation(_ number: Int) { text += String(number) }
    mutating func appendInterpolation(_ words: String) { text += words.escapedAsMarkup }
  }
}

extension Markup {
  static func += (left: inout Markup, right: Markup) { left.text += right.text }

  /// A document of data for a script, in a form that cannot end the element it stands in.
  static func data(_ json: JSON) -> Markup {
    var escaped = ""
    for scalar in json.compactText.unicodeScalars {
      switch scalar {
      case "<": escaped += "\\u003c"
      case "\u{2028}": escaped += "\\u2028"
      case "\u{2029}": escaped += "\\u2029"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return Markup(stringLiteral: escaped)
  }
}

extension String {
  fileprivate var escapedAsMarkup: String {
    guard utf8.contains(where: { $0 < 0x20 || Self.special.contains($0) }) else { return self }
    var result = ""
    for scalar in withoutControlCharacters.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static let special = Set("&<>\"'\u{7F}".utf8)
}
