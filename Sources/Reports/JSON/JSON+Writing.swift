extension JSON {
  /// The widest line on which a list or an object stands whole.
  private static let lineWidth = 100

  /// The document as text, indented, with small objects and lists on one line.
  public var text: String {
    var text = ""
    write(to: &text, indent: 0)
    return text + "\n"
  }

  /// The document on one line.
  var compactText: String {
    var text = ""
    writeOnLine(to: &text)
    return text
  }

  private func write(to text: inout String, indent: Int) {
    switch self {
    case .array(let elements) where !fitsOnLine(at: indent):
      write(elements.map { (nil, $0) }, between: ("[", "]"), to: &text, indent: indent)
    case .object(let members) where !fitsOnLine(at: indent):
      write(
        members.map { ($0.key, $0.value) }, between: ("{", "}"), to: &text, indent: indent)
    default: writeOnLine(to: &text)
    }
  }

  private func write(
    _ entries: [(key: String?, value: JSON)], between brackets: (String, String),
    to text: inout String, indent: Int
  ) {
    text += brackets.0
    for (index, entry) in entries.enumerated() {
      text += index == 0 ? "\n" : ",\n"
      text += blanks(indent + 2)
      if let key = entry.key {
        key.writeQuoted(to: &text)
        text += ": "
      }
      entry.value.write(to: &text, indent: indent + 2)
    }
    text += "\n" + blanks(indent) + brackets.1
  }

  private func writeOnLine(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): value.writeQuoted(to: &text)
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        text += index == 0 ? "" : ", "
        element.writeOnLine(to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        text += index == 0 ? " " : ", "
        member.key.writeQuoted(to: &text)
        text += ": "
        member.value.writeOnLine(to: &text)
      }
      text += members.isEmpty ? "}" : " }"
    }
  }

  private func fitsOnLine(at indent: Int) -> Bool {
    isFlat && width(limit: Self.lineWidth - indent) != nil
  }

  /// Whether nothing nests here but lists of plain values.
  private var isFlat: Bool {
    switch self {
    case .array(let elements): elements.allSatisfy(\.isPlain)
    case .object(let members): members.allSatisfy { $0.value.isPlain || $0.value.isPlainList }
    default: true
    }
  }

  private var isPlain: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  private var isPlainList: Bool {
    guard case .array(let elements) = self else { return false }
    return elements.allSatisfy(\.isPlain)
  }

  /// The characters this takes on one line; `nil` if more than the limit.
  private func width(limit: Int) -> Int? {
    // A long list is told from its count, without being written out.
    if case .array(let elements) = self, elements.count > limit { return nil }
    var text = ""
    writeOnLine(to: &text)
    return text.utf8.count <= limit ? text.utf8.count : nil
  }
}

extension String {
  /// Appends the text as RFC 8259 quotes it: <https://www.rfc-editor.org/rfc/rfc8259#section-7>.
  fileprivate func writeQuoted(to text: inout String) {
    text += "\""
    defer { text += "\"" }
    // Nearly all names are plain, and a report may hold a million of them.
    guard utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C || $0 == 0x7F }) else {
      text += self
      return
    }
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..."\u{1F}", "\u{7F}": text += scalar.escaped
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}

extension Unicode.Scalar {
  /// The escape of a character below U+0100.
  fileprivate var escaped: String {
    let digits = String(value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
