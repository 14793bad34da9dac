/// The part of YAML 1.2 that configuration files are written in.
///
/// Mappings and lists by indentation, plain and quoted scalars on one line, comments. Anchors, tags,
/// flow collections, block scalars and several documents are refused with their line; all scalars
/// are strings. <https://yaml.org/spec/1.2.2/>
public enum YAML {
  /// The deepest nesting that is read.
  static let maximumDepth = 32

  /// The most lines that a file may have.
  static let maximumLineCount = 100_000

  public static func read(_ file: MappedFile) throws(ByteError) -> JSONValue {
    var reader = YAMLReader(lines: try YAMLLine.lines(of: file))
    return try reader.document()
  }
}

/// A line that says something, without its indentation and comment.
struct YAMLLine {
  var text: Substring
  var indentation: Int

  /// The byte at which the text starts, and the line's number from 1.
  var offset: Int
  var number: Int

  static func lines(of file: MappedFile) throws(ByteError) -> [YAMLLine] {
    let bytes = file.prefix(file.byteCount)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ByteError(.malformed(expected: "text in UTF-8", found: "other bytes"))
    }
    var lines: [YAMLLine] = []
    var start = 0
    let all = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    guard all.count <= YAML.maximumLineCount else {
      throw ByteError(.implausibleSize("\(all.count) lines"))
    }
    for (number, line) in all.enumerated() {
      defer { start += line.utf8.count + 1 }
      let spaces = line.prefix { $0 == " " }.count
      let rest = line.dropFirst(spaces).withoutComment
      guard !rest.isEmpty, !(spaces == 0 && number == 0 && rest == "---") else { continue }
      let said = YAMLLine(
        text: rest, indentation: spaces, offset: start + spaces, number: number + 1)
      guard rest.first != "\t" else { throw said.refused("a tab", expected: "spaces") }
      lines.append(said)
    }
    return lines
  }

  func refused(_ found: String, expected: String) -> ByteError {
    ByteError(.malformed(expected: expected, found: "\(found) in line \(number)"), at: offset)
  }
}

extension Substring {
  /// The line up to a comment, which starts at a number sign after a space, outside quotes.
  fileprivate var withoutComment: Substring {
    var quote: Character?
    var previous: Character = " "
    for index in indices {
      let character = self[index]
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = " :-".contains(previous) ? character : nil
      } else if character == "#", previous == " " {
        return self[..<index].trimmed
      }
      previous = character
    }
    return trimmed
  }

  /// Without blanks at the end.
  private var trimmed: Substring {
    var rest = self
    while let last = rest.last, last == " " || last == "\t" || last == "\r" { rest.removeLast() }
    return rest
  }
}
